/**
 * Users under random interleavings on a real Redis, with lost replies, lost commands and commands that run late (DESIGN 6.6). And each
 * rule, switched off, makes it fail.
 */
import type { UserOptions } from '@sentinel-session/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { WRITE_SCRIPT } from '../src/write-script.ts'
import { oneRedis } from './model/one-redis.ts'
import { type UserStep, UserWorld } from './model/user-world.ts'
import { Wire } from './model/wire.ts'

const one = oneRedis()

const RUNS = Number(process.env.MODEL_RUNS ?? 400)

const small = fc.nat({ max: 5 })
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('login' as const), instance: small, isCareful: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('regenerate' as const), login: small }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('change' as const, 'logout' as const), login: small }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('list' as const), instance: small }) },
  {
    weight: 14,
    arbitrary: fc.record({
      do: fc.constant('wire' as const),
      which: small,
      fate: fc.constantFrom('deliver', 'deliver', 'deliver', 'deliver', 'lose-reply', 'lose', 'linger'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('late' as const), which: small }) },
) as fc.Arbitrary<UserStep>

const except = fc.option(small, { nil: undefined })
const ending = fc.record({ do: fc.constant('destroyAll' as const), instance: small, except }) as fc.Arbitrary<UserStep>
const change = fc.oneof(
  fc.record({ do: fc.constant('snapshot' as const) }),
  fc.record({ do: fc.constant('failover' as const), to: fc.constantFrom('empty', 'behind', 'former') }),
) as fc.Arbitrary<UserStep>

const size = { minLength: 8, maxLength: 60 }
const steps = fc.array(fc.oneof({ weight: 16, arbitrary: step }, { weight: 1, arbitrary: ending }), size)
const stepsAndFailovers = fc.array(fc.oneof({ weight: 16, arbitrary: step }, { weight: 1, arbitrary: change }), size)

let worlds = 0

async function play(
  run: readonly UserStep[],
  users: UserOptions = {},
  script = WRITE_SCRIPT,
): Promise<string | undefined> {
  worlds += 1
  const prefix = `users${worlds}:`
  const world = new UserWorld(one.redis, new Wire(one.redis, prefix, script), prefix, users)
  for (const taken of run) await world.take(taken)
  return world.verdict()
}

async function holds(arbitrary: fc.Arbitrary<UserStep[]>, users: UserOptions = {}): Promise<void> {
  const property = fc.asyncProperty(arbitrary, async run => {
    expect(await play(run, users)).toBeUndefined()
  })
  await fc.assert(property, { numRuns: RUNS, endOnFailure: true })
}

describe('users, under random interleavings of three instances', { timeout: 300_000 }, () => {
  it('whoever was logged in before destroyAllOf is not after it; whoever logs in later is, and is listed', () =>
    holds(steps))

  it("never more than maxSessions: 'end-oldest'", () => holds(steps, { maxSessions: 2 }))

  it("never more than maxSessions: 'reject'", () => holds(steps, { maxSessions: 2, whenFull: 'reject' }))

  it('who was logged in is so, and is listed, on a primary that is behind or empty', () => holds(stepsAndFailovers))
})

const deliver = (which: number): UserStep => ({ do: 'wire', which, fate: 'deliver' })
const loggedIn: UserStep[] = [{ do: 'login', instance: 0, isCareful: false }, deliver(0)]
/** The generation is raised; the command that ends login 0 is first in the queue, and waits. */
const isEnding: UserStep[] = [{ do: 'destroyAll', instance: 1, except: undefined }, deliver(0), deliver(0)]
const movesOn: UserStep[] = [{ do: 'regenerate', login: 0 }, deliver(1), deliver(1)]

const movesWhileEnded = [...loggedIn, ...isEnding, ...movesOn]
const sparedWhileEnded: UserStep[] = [
  ...loggedIn,
  ...isEnding,
  { do: 'destroyAll', instance: 2, except: 0 },
  ...[1, 1, 1, 1].map(deliver),
  ...movesOn,
]
const movesLate: UserStep[] = [
  ...loggedIn,
  ...isEnding,
  { do: 'regenerate', login: 0 },
  { do: 'wire', which: 1, fate: 'linger' },
  deliver(1),
  deliver(0),
  { do: 'late', which: 0 },
]
const raisedLate: UserStep[] = [
  { do: 'destroyAll', instance: 1, except: undefined },
  deliver(0),
  { do: 'wire', which: 0, fate: 'linger' },
  deliver(0),
  ...loggedIn,
  { do: 'late', which: 0 },
]

/** Replaces a part of the script; throws when it is not there any more. */
function without(part: string, instead: string): string {
  if (!WRITE_SCRIPT.includes(part)) throw new Error(`Not in the script: ${part}`)
  return WRITE_SCRIPT.replaceAll(part, instead)
}

describe('and needs each rule: without it the model fails', { timeout: 300_000 }, () => {
  const rules: {
    rule: string
    script: string
    users?: UserOptions
    failovers?: boolean
    run?: UserStep[]
    breaks: RegExp
  }[] = [
    {
      rule: 'a login with an older since is refused',
      script: without(`if since ~= '' and since ~= generation then`, 'if false then'),
      breaks: /no older login slips in/,
    },
    {
      rule: 'what is about to be ended gets no other key',
      script: without('if its_generation ~= generation then', 'if false then'),
      run: movesWhileEnded,
      breaks: /ended stays ended/,
    },
    {
      rule: 'what has ended gets no other key',
      script: without(`if from ~= '' and not is_live(from) then`, 'if false then'),
      run: movesLate,
      breaks: /ended stays ended/,
    },
    {
      rule: 'a generation is raised from the one that was asked for (whatever it is instead)',
      script: without(`if before ~= '' and before ~= now then return 0 end`, ''),
      breaks: /ended stays ended/,
    },
    {
      rule: 'a generation that is raised late raises nothing (one higher each time instead)',
      script: without(
        `if before ~= '' and before ~= now then return 0 end`,
        `to = string.format('%.0f', tonumber(now) + 1)`,
      ),
      run: raisedLate,
      breaks: /goes on/,
    },
    {
      rule: 'a session joins the index',
      script: without(`redis.call('HSET', index, key,`, `local _ = (index,`).replace(
        'local _ = (index, table.concat',
        'local _ = (table.concat',
      ),
      breaks: /superset|ended stays ended/,
    },
    {
      rule: 'whom another is about to end nobody spares',
      script: without('if generation == now and (', 'if ('),
      run: sparedWhileEnded,
      breaks: /ended stays ended/,
    },
    {
      rule: 'the oldest end',
      script: without('if finish(member) then', 'if false then'),
      users: { maxSessions: 2 },
      breaks: /the limit/,
    },
    {
      rule: 'a full list refuses',
      script: without(`if surplus > 0 and when_full == 'reject' then`, 'if false then').replaceAll(
        'for i = 1, surplus do',
        'for i = 1, 0 do',
      ),
      users: { maxSessions: 2, whenFull: 'reject' },
      breaks: /the limit/,
    },
    {
      rule: 'what is written again is listed again',
      script: without(
        'local joined = join and join(7)\n  if joined and joined[1] ~= 1 then return 0 end',
        'local joined = nil',
      ),
      failovers: true,
      breaks: /superset/,
    },
  ]

  for (const { rule, script, users, failovers, run, breaks } of rules) {
    it(rule, async () => {
      if (run !== undefined) {
        expect(await play(run, users)).toBeUndefined()
        expect(await play(run, users, script)).toMatch(breaks)
        return
      }
      const taken = failovers ? stepsAndFailovers : steps
      for (const run of fc.sample(taken, { numRuns: 3000, seed: 20_261_125 })) {
        const broken = await play(run, users, script)
        if (broken !== undefined) return expect(broken).toMatch(breaks)
      }
      expect.unreachable('nothing broke')
    })
  }
})

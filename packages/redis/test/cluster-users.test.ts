/**
 * Users of a cluster under random interleavings (decision 015): the index of a user and the records of the sessions are in two shards, so joining
 * and writing are two commands, each of which may be lost, repeated or late, and each shard fails over by itself. And each rule,
 * switched off, makes it fail.
 */
import type { UserOptions } from '@sentinel-session/core'
import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { WRITE_SCRIPT } from '../src/write-script.ts'
import { oneRedis } from './model/one-redis.ts'
import { type UserStep, UserWorld } from './model/user-world.ts'
import { Wire } from './model/wire.ts'

const one = oneRedis()

const RUNS = Number(process.env.MODEL_RUNS ?? 300)

const small = fc.nat({ max: 5 })
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('login' as const),
      instance: small,
      isCareful: fc.boolean(),
      isKnown: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('regenerate' as const), login: small }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('change' as const, 'logout' as const), login: small }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('list' as const), instance: small }) },
  {
    weight: 20,
    arbitrary: fc.record({
      do: fc.constant('wire' as const),
      which: small,
      fate: fc.constantFrom('deliver', 'deliver', 'deliver', 'deliver', 'deliver', 'lose-reply', 'lose', 'linger'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('late' as const), which: small }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('pass' as const) }) },
) as fc.Arbitrary<UserStep>

const except = fc.option(small, { nil: undefined })
const ending = fc.oneof(
  { weight: 2, arbitrary: fc.record({ do: fc.constant('destroyAll' as const), instance: small, except }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('crash' as const), instance: small }) },
) as fc.Arbitrary<UserStep>
const shard = fc.constantFrom(0, 1)
const change = fc.oneof(
  fc.record({ do: fc.constant('snapshot' as const), shard }),
  fc.record({ do: fc.constant('failover' as const), to: fc.constantFrom('empty', 'behind', 'former'), shard }),
) as fc.Arbitrary<UserStep>

const size = { minLength: 8, maxLength: 80 }
const steps = fc.array(fc.oneof({ weight: 14, arbitrary: step }, { weight: 1, arbitrary: ending }), size)
const stepsAndFailovers = fc.array(fc.oneof({ weight: 16, arbitrary: step }, { weight: 1, arbitrary: change }), size)

let worlds = 0

afterEach(() => {
  vi.useRealTimers()
})

async function play(
  run: readonly UserStep[],
  users: UserOptions = {},
  script = WRITE_SCRIPT,
  passes: (verb: string) => boolean = () => true,
): Promise<string | undefined> {
  worlds += 1
  const prefix = `far${worlds}:`
  const shardOf = (key: string): number => (key.startsWith(`${prefix}user:`) ? 1 : 0)
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
  const pass = (ms: number): void => {
    vi.setSystemTime(Date.now() + ms)
  }
  const world = new UserWorld(one.redis, new Wire(one.redis, prefix, script, passes, shardOf), prefix, users, pass)
  for (const taken of run) await world.take(taken)
  const verdict = await world.verdict()
  vi.useRealTimers()
  return verdict
}

async function holds(arbitrary: fc.Arbitrary<UserStep[]>, users: UserOptions = {}): Promise<void> {
  const property = fc.asyncProperty(arbitrary, async run => {
    expect(await play(run, users)).toBeUndefined()
  })
  await fc.assert(property, { numRuns: RUNS, endOnFailure: true })
}

describe('users of a cluster, under random interleavings of three instances', { timeout: 300_000 }, () => {
  it('whoever was logged in before destroyAllOf is not after it; whoever logs in later is, and is listed', () =>
    holds(steps))

  it("never more than maxSessions: 'end-oldest'", () => holds(steps, { maxSessions: 2 }))

  it("never more than maxSessions: 'reject'", () => holds(steps, { maxSessions: 2, whenFull: 'reject' }))

  it('who was logged in is so, and is listed, when either shard is behind or empty', () => holds(stepsAndFailovers))
})

const deliver = (which = 0): UserStep => ({ do: 'wire', which, fate: 'deliver' })
const login = (instance: number, about: { isCareful?: boolean; isKnown?: boolean } = {}): UserStep => {
  return { do: 'login', instance, isCareful: false, ...about }
}
/** Joined and written. */
const loggedIn = [login(0), deliver(), deliver()]
/** The generation is asked for and raised; what ends login 0 is first in the queue. */
const isEnding: UserStep[] = [{ do: 'destroyAll', instance: 1, except: undefined }, deliver(), deliver()]

const movesWhileEnded: UserStep[] = [
  ...loggedIn,
  ...isEnding,
  { do: 'regenerate', login: 0 },
  ...[1, 1, 1].map(deliver),
]
/** Login 0 is ended and forgotten; its own process does not know, and dies before it could take the new sid back. */
const movesOnAndDies: UserStep[] = [
  ...loggedIn,
  ...isEnding,
  ...[0, 0].map(deliver),
  { do: 'regenerate', login: 0 },
  ...[0, 0].map(deliver),
  { do: 'crash', instance: 0 },
]
/** It has joined when all are ended. */
const isLate: UserStep[] = [
  login(0, { isCareful: true, isKnown: true }),
  ...[0, 0, 0].map(deliver),
  { do: 'destroyAll', instance: 1, except: undefined },
  ...[1, 1, 1].map(deliver),
]
const joinsLate: UserStep[] = [
  login(0, { isCareful: true }),
  deliver(),
  { do: 'destroyAll', instance: 1, except: undefined },
  ...[1, 1].map(deliver),
]
/** While one process lists it, another, that can write it again, does not know yet that it is missing. */
const isMissing: UserStep[] = [
  ...loggedIn,
  { do: 'pass' },
  { do: 'failover', to: 'empty', shard: 0 },
  { do: 'list', instance: 1 },
  ...[0, 0, 0].map(deliver),
  login(0),
]
/** It has joined; a second login takes its place; it finds itself changed, and takes the place of the second. */
const joinsAnew: UserStep[] = [
  login(0, { isKnown: true }),
  ...[0, 0].map(deliver),
  login(1),
  ...[1, 1, 1, 1].map(deliver),
  ...[0, 2, 2, 2, 0].map(deliver),
]

/** Replaces a part of the script; throws when it is not there any more. */
function without(part: string, instead: string): string {
  if (!WRITE_SCRIPT.includes(part)) throw new Error(`Not in the script: ${part}`)
  return WRITE_SCRIPT.replaceAll(part, instead)
}

describe('and needs each rule: without it the model fails', { timeout: 300_000 }, () => {
  const rules: {
    rule: string
    script?: string
    passes?: (verb: string) => boolean
    users?: UserOptions
    failovers?: boolean
    run?: UserStep[]
    breaks: RegExp
  }[] = [
    {
      rule: 'a login with an older since does not join',
      script: without("if since ~= '' and since ~= generation then return { -1 } end", ''),
      run: joinsLate,
      breaks: /no older login slips in/,
    },
    {
      rule: 'a session joins before it is written',
      script: without('put(member, {', 'local _ = ({'),
      breaks: /superset|ended stays ended|slips in/,
    },
    {
      rule: 'what is about to be ended gets no other key',
      script: without('if before and before.generation ~= generation then', 'if false then'),
      run: movesWhileEnded,
      breaks: /ended stays ended/,
    },
    {
      rule: 'what has ended gets no other key',
      script: without('before and 1 or 0', '1'),
      run: movesOnAndDies,
      breaks: /ended stays ended/,
    },
    {
      rule: 'what has not arrived yet is ended, too',
      script: without(
        `if verb == 'expel' and stored and not ended then`,
        `if verb == 'expel' and not stored then return 0 end\nif verb == 'expel' and stored and not ended then`,
      ),
      breaks: /ended stays ended|slips in|superset/,
    },
    {
      rule: 'what is not bound yet finds itself changed',
      script: without('if not owner then', 'if not owner then return 2 end\n  if not owner then'),
      run: isLate,
      breaks: /ended stays ended|slips in|superset/,
    },
    {
      rule: 'who has to go for another goes first',
      script: without('before and 1 or 0, doomed, sample', 'before and 1 or 0, {}, sample'),
      users: { maxSessions: 2 },
      breaks: /the limit/,
    },
    {
      rule: 'what is about to be written is not forgotten',
      script: without('tonumber(entry.flight) <= now then', 'true then is_over = true elseif false then').replace(
        "flight = string.format('%.0f', now + 16000)",
        "flight = '0'",
      ),
      breaks: /superset/,
    },
    {
      rule: 'what is missing may be written again, and is not forgotten at once',
      script: without(
        'tonumber(entry.flight) <= now then',
        'tonumber(entry.flight) <= now then is_over = true elseif false then',
      ),
      run: isMissing,
      breaks: /superset/,
    },
    {
      rule: 'who was to go, and has joined anew, stays listed',
      script: without('is_over = entry.generation ~= generation', 'is_over = true'),
      users: { maxSessions: 1 },
      run: joinsAnew,
      breaks: /superset/,
    },
    {
      rule: 'a full list refuses',
      script: without(
        `if when_full == 'reject' and not counted[surplus].is_missing then return { -2 } end`,
        '',
      ).replaceAll('for i = 1, surplus do', 'for i = 1, 0 do'),
      users: { maxSessions: 2, whenFull: 'reject' },
      breaks: /the limit/,
    },
    {
      rule: 'what the shard of the index has lost is listed again',
      passes: verb => verb !== 'enlist',
      failovers: true,
      breaks: /superset/,
    },
  ]

  for (const { rule, script, passes, users, failovers, run, breaks } of rules) {
    it(rule, async () => {
      if (run !== undefined) {
        expect(await play(run, users)).toBeUndefined()
        expect(await play(run, users, script, passes)).toMatch(breaks)
        return
      }
      const taken = failovers ? stepsAndFailovers : steps
      for (const run of fc.sample(taken, { numRuns: 3000, seed: 20_261_125 })) {
        const broken = await play(run, users, script, passes)
        if (broken !== undefined) return expect(broken).toMatch(breaks)
      }
      expect.unreachable('nothing broke')
    })
  }
})

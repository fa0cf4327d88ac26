/**
 * The model-based test of PROTOCOL section 8, for what exists: random interleavings of three instances on a real Redis, with lost
 * replies, lost commands and commands that run late. And each rule, switched off, makes it fail: so the rules are needed, and the
 * model would notice if one broke.
 */
import type { createProvider } from '@sentinel-session/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { WRITE_SCRIPT } from '../src/write-script.ts'
import { oneRedis } from './model/one-redis.ts'
import { Wire } from './model/wire.ts'
import { type Rig, type Step, World } from './model/world.ts'

const one = oneRedis()

const small = fc.nat({ max: 5 })
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('open' as const), instance: small }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('change' as const), handle: small }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('save' as const), handle: small }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('regenerate' as const), handle: small }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('destroy' as const), handle: small }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('wire' as const),
      which: small,
      fate: fc.constantFrom('deliver', 'deliver', 'lose-reply', 'lose', 'linger'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('late' as const), which: small }) },
) as fc.Arbitrary<Step>

const change = fc.oneof(
  { weight: 2, arbitrary: fc.record({ do: fc.constant('remove' as const), handle: small, which: small }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('snapshot' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('failover' as const), to: fc.constantFrom('empty', 'behind', 'former') }),
  },
) as fc.Arbitrary<Step>

const steps = fc.array(step, { minLength: 5, maxLength: 60 })
/** The same with primaries that are behind, or come back empty. */
const stepsAndFailovers = fc.array(fc.oneof({ weight: 9, arbitrary: step }, { weight: 2, arbitrary: change }), {
  minLength: 5,
  maxLength: 60,
})
let worlds = 0

async function play(
  script: string,
  rig: Rig,
  run: readonly Step[],
  passes?: (verb: string) => boolean,
): Promise<string | undefined> {
  worlds += 1
  const prefix = `world${worlds}:`
  const world = new World(one.redis, new Wire(one.redis, prefix, script, passes), prefix, 3, rig)
  await world.begin()
  for (const taken of run) await world.take(taken)
  return world.verdict()
}

const allOn: Rig = () => {}

/** The first broken invariant in so many random runs; undefined when there is none. */
async function search(
  script: string,
  rig: Rig,
  runs: number,
  passes?: (verb: string) => boolean,
): Promise<string | undefined> {
  const taken = passes === undefined ? steps : stepsAndFailovers
  for (const run of fc.sample(taken, { numRuns: runs, seed: 20_261_125 })) {
    const broken = await play(script, rig, run, passes)
    if (broken !== undefined) return broken
  }
  return undefined
}

describe('the protocol keeps its invariants', () => {
  it('under random interleavings of three instances', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async run => {
        expect(await play(WRITE_SCRIPT, allOn, run)).toBeUndefined()
      }),
      { numRuns: Number(process.env.MODEL_RUNS ?? 400), endOnFailure: true },
    )
  }, 300_000)
})

describe('the journal keeps them across failovers', () => {
  it('to primaries that are behind, empty, or were left before, while no writer dies', async () => {
    await fc.assert(
      fc.asyncProperty(stepsAndFailovers, async run => {
        expect(await play(WRITE_SCRIPT, allOn, run)).toBeUndefined()
      }),
      { numRuns: Number(process.env.MODEL_RUNS ?? 400), endOnFailure: true },
    )
  }, 300_000)
})

describe('a record that is written again', () => {
  it('is not found by what was sent to end it before, and comes late', async () => {
    const run: Step[] = [
      { do: 'open', instance: 2 },
      { do: 'regenerate', handle: 1 },
      { do: 'save', handle: 1 },
      { do: 'failover', to: 'empty' },
      { do: 'wire', which: 1, fate: 'linger' },
      { do: 'open', instance: 0 },
      { do: 'late', which: 0 },
    ]
    expect(await play(WRITE_SCRIPT, allOn, run)).toBeUndefined()
  })
})

/** A new primary is behind by a write of instance 1 when instance 0 writes there. */
const bothSidesWrite: Step[] = [
  { do: 'open', instance: 1 },
  { do: 'snapshot' },
  { do: 'change', handle: 1 },
  { do: 'save', handle: 1 },
  { do: 'wire', which: 0, fate: 'deliver' },
  { do: 'failover', to: 'behind' },
  { do: 'change', handle: 0 },
  { do: 'save', handle: 0 },
]

/** The same by the second of two writes, of which the first set what instance 0 removes. */
const removedThere: Step[] = [
  { do: 'open', instance: 1 },
  { do: 'change', handle: 1 },
  { do: 'save', handle: 1 },
  { do: 'wire', which: 0, fate: 'deliver' },
  { do: 'open', instance: 0 },
  { do: 'snapshot' },
  { do: 'change', handle: 1 },
  { do: 'save', handle: 1 },
  { do: 'wire', which: 0, fate: 'deliver' },
  { do: 'failover', to: 'behind' },
  { do: 'remove', handle: 2, which: 0 },
  { do: 'save', handle: 2 },
]

/** A save is stored for nobody to hear, tried anew on a primary where another has written meanwhile, and met again on the first one. */
const backAgain: Step[] = [
  { do: 'open', instance: 1 },
  { do: 'snapshot' },
  { do: 'change', handle: 0 },
  { do: 'change', handle: 0 },
  { do: 'save', handle: 0 },
  { do: 'wire', which: 0, fate: 'lose-reply' },
  { do: 'failover', to: 'behind' },
  { do: 'change', handle: 1 },
  { do: 'save', handle: 1 },
  { do: 'wire', which: 1, fate: 'deliver' },
  { do: 'wire', which: 0, fate: 'deliver' },
  { do: 'failover', to: 'former' },
]

describe('a save', () => {
  it('is made once, also when an earlier try of it turns up on another primary', async () => {
    expect(await play(WRITE_SCRIPT, allOn, backAgain)).toBeUndefined()
  })
})

describe('what a new primary has of an instance', () => {
  it('is what its later writes are merged on: what was removed there stays removed', async () => {
    expect(await play(WRITE_SCRIPT, allOn, removedThere)).toBeUndefined()
  })
})

/** Replaces a part of the script; throws when it is not there any more. */
function without(part: string, instead: string): string {
  if (!WRITE_SCRIPT.includes(part)) throw new Error(`Not in the script: ${part}`)
  return WRITE_SCRIPT.replaceAll(part, instead)
}

const CONTAINS = `return tonumber(string.sub(stored, at + 8, at + 14), 36) >= tonumber(string.sub(revision, 9, 15), 36)`

type Storage = { redo?: unknown; commits: { commit(key: string, change: never): Promise<unknown> } }
const storageOf = (provider: ReturnType<typeof createProvider>): Storage =>
  (provider as never as Record<symbol, Storage>)[Symbol.for('sentinel-session.storage')]!

describe('and needs each rule: without it the model fails', () => {
  interface Rule {
    rule: string
    script?: string
    rig?: Rig
    passes?: (verb: string) => boolean
    /** Where a random search takes long. */
    run?: Step[]
    breaks: RegExp
  }
  const rules: Rule[] = [
    { rule: 'the journal writes sessions again', passes: verb => verb !== 'restore', breaks: /acknowledged is there/ },
    { rule: 'the journal writes tombstones again', passes: verb => verb !== 'bury', breaks: /ended stays ended/ },
    {
      rule: 'the journal merges what has diverged',
      passes: () => true,
      rig: provider => {
        storageOf(provider).redo = undefined
      },
      run: bothSidesWrite,
      breaks: /acknowledged is there/,
    },
    {
      rule: 'the list of recent writers ("base or myself" instead)',
      script: without(CONTAINS, `return at == 13 and string.sub(stored, at, at + 15) == revision`),
      breaks: /once/,
    },
    {
      rule: 'recognising the first try of a commit (the last one instead)',
      script: without('if contains(ARGV[6])', 'if contains(mine)'),
      run: backAgain,
      breaks: /once/,
    },
    { rule: 'recognising an applied write at all', script: without(CONTAINS, 'return false'), breaks: /once/ },
    {
      rule: 'destroy writes a tombstone (DEL instead)',
      script: without(
        `redis.call('SET', key, '-destroyed ' .. mine .. ' ' .. revision, 'PXAT', deadline)`,
        `redis.call('DEL', key)`,
      ),
      breaks: /ended stays ended/,
    },
    {
      rule: 'none overwrites a tombstone',
      script: without(
        `if not stored or ended then return 0 end\n  if contains(ARGV[6])`,
        `if contains(ARGV[6])`,
      ).replace(
        `string.sub(stored, 13, 28) ~= ARGV[4] then return whole() end\n  local joined = join and join(7)`,
        `stored and not ended and string.sub(stored, 13, 28) ~= ARGV[4] then return whole() end\n  local joined = join and join(7)`,
      ),
      breaks: /ended stays ended|one owner/,
    },
    {
      rule: 'compare-and-set (last write wins instead)',
      script: without(
        `if string.sub(stored, 13, 28) ~= ARGV[4] then return whole() end\n  local joined = join and join(7)`,
        `local joined = join and join(7)`,
      ),
      breaks: /acknowledged is there/,
    },
    {
      rule: 'retire only the base',
      script: without(
        `if string.sub(stored, 13, 28) ~= ARGV[4] then return whole() end\n  redis.call('SET', key, '-retired`,
        `redis.call('SET', key, '-retired`,
      ),
      breaks: /acknowledged is there|one owner/,
    },
    {
      rule: 'a tombstone says who wrote it',
      script: without(`string.sub(stored, 1, 25) ~= '-retired ' .. mine`, `string.sub(stored, 1, 8) ~= '-retired'`),
      breaks: /one owner/,
    },
    {
      rule: 'one commit of a session in flight in an instance',
      rig: provider => {
        const storage = storageOf(provider)
        const Queue = storage.commits.constructor as new (of: Storage) => Storage['commits']
        storage.commits = { commit: (key, change) => new Queue(storage).commit(key, change) }
      },
      breaks: /acknowledged is there/,
    },
    {
      rule: 'the merge (mine over theirs instead)',
      rig: provider => {
        const storage = storageOf(provider)
        const { commits } = storage
        const overwriting = (change: { mine: unknown }) => ({
          ...change,
          mergeOnto: () => ({ data: change.mine, conflicts: [] }),
        })
        storage.commits = { commit: (key, change) => commits.commit(key, overwriting(change) as never) }
      },
      breaks: /acknowledged is there/,
    },
    {
      rule: 'a regenerate that fails destroys its new record',
      rig: provider => {
        const { backend } = provider
        const end = backend.end.bind(backend)
        backend.end = async (key, ending, call) => {
          const undoes = ending.kind === 'destroyed' && call?.budget !== undefined
          return undoes ? { outcome: 'gone' } : end(key, ending, call)
        }
      },
      breaks: /one owner|once/,
    },
  ]

  for (const { rule, script = WRITE_SCRIPT, rig = allOn, passes, run, breaks } of rules) {
    it(rule, { timeout: 300_000 }, async () => {
      if (run !== undefined) expect(await play(WRITE_SCRIPT, allOn, run)).toBeUndefined()
      const broken = run === undefined ? await search(script, rig, 3000, passes) : await play(script, rig, run, passes)
      expect(broken).toMatch(breaks)
    })
  }
})

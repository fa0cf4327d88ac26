/**
 * The model of PROTOCOL section 8 for the renewal of a sid: random interleavings of requests in three instances on a real Redis, with lost
 * replies, lost commands and commands that run late. And its rules, switched off one by one, make it fail.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { oneRedis } from './model/one-redis.ts'
import { type RenewalRig, type RenewalStep, RenewalWorld } from './model/renewal-world.ts'
import { Wire } from './model/wire.ts'

const one = oneRedis()

const small = fc.nat({ max: 5 })
const onHandle = <D extends string>(name: D) => fc.record({ do: fc.constant(name), handle: small })
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('open' as const), instance: small, sid: small }) },
  { weight: 4, arbitrary: onHandle('change') },
  { weight: 2, arbitrary: onHandle('save') },
  { weight: 4, arbitrary: onHandle('finish') },
  { weight: 1, arbitrary: onHandle('destroy') },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('wait' as const) }) },
  {
    weight: 10,
    arbitrary: fc.record({
      do: fc.constant('wire' as const),
      which: small,
      fate: fc.constantFrom('deliver', 'deliver', 'deliver', 'lose-reply', 'lose', 'linger'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('late' as const), which: small }) },
) as fc.Arbitrary<RenewalStep>
const steps = fc.array(step, { minLength: 5, maxLength: 60 })
let worlds = 0

async function play(rig: RenewalRig, run: readonly RenewalStep[]): Promise<string | undefined> {
  worlds += 1
  const prefix = `renewal${worlds}:`
  const world = new RenewalWorld(one.redis, new Wire(one.redis, prefix), prefix, rig)
  await world.begin()
  for (const taken of run) await world.take(taken)
  return world.verdict()
}

describe('a renewal keeps the invariants of the protocol', () => {
  it('under random interleavings of three instances', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async run => {
        expect(await play(() => {}, run)).toBeUndefined()
      }),
      { numRuns: Number(process.env.MODEL_RUNS ?? 300), endOnFailure: true },
    )
  }, 300_000)
})

/** The first broken invariant in so many random runs; undefined when there is none. */
async function search(rig: RenewalRig, runs: number): Promise<string | undefined> {
  for (const run of fc.sample(steps, { numRuns: runs, seed: 20_261_125 })) {
    const broken = await play(rig, run)
    if (broken !== undefined) return broken
  }
  return undefined
}

describe('and needs each rule: without it the model fails', () => {
  const isSignpost = (body: string | Uint8Array, to: RegExp): boolean => to.test(String(body))
  const rules: { rule: string; rig: RenewalRig; breaks: RegExp }[] = [
    {
      rule: 'a logout closes the record before it sets the tombstone',
      rig: ({ backend }) => {
        const replace = backend.replace.bind(backend)
        backend.replace = async (key, base, fields, call) =>
          isSignpost(fields.body, /"movedTo":""/) ? { outcome: 'gone' } : replace(key, base, fields, call)
      },
      breaks: /ended stays ended/,
    },
    {
      rule: 'a signpost takes the place of the base only',
      rig: ({ backend }) => {
        const replace = backend.replace.bind(backend)
        backend.replace = async (key, base, fields, call) => {
          const replaced = await replace(key, base, fields, call)
          const isForced = replaced.outcome === 'changed' && isSignpost(fields.body, /"movedTo":"./)
          return isForced ? replace(key, replaced.current, fields, call) : replaced
        }
      },
      breaks: /acknowledged is there|browser has lost|one owner/,
    },
    {
      rule: 'the record of a renewal that came too late is destroyed',
      rig: ({ backend }) => {
        const { create, end } = { create: backend.create.bind(backend), end: backend.end.bind(backend) }
        const created = new Set<string>()
        backend.create = (key, fields, call) => {
          created.add(key)
          return create(key, fields, call)
        }
        backend.end = async (key, ending, call) => (created.has(key) ? { outcome: 'gone' } : end(key, ending, call))
      },
      breaks: /one owner|ended stays ended/,
    },
  ]

  it.each(rules)('$rule', async ({ rig, breaks }) => expect(await search(rig, 3000)).toMatch(breaks), 300_000)
})

/**
 * Random interleavings of three instances that keep a session near, on a real Redis: a read shows all that its instance has heard of,
 * everything comes to rest as it is stored, and no write loses another for having been made on what was near. And each rule of the
 * cache, switched off, makes the model fail.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { NearCache } from '../src/near-cache.ts'
import { type NearRig, type NearStep, NearWorld } from './model/near-world.ts'
import { oneRedis } from './model/one-redis.ts'

const one = oneRedis()

const small = fc.nat({ max: 5 })
const weighted = (weight: number, shape: Record<string, fc.Arbitrary<unknown>>): fc.WeightedArbitrary<NearStep> => {
  return { weight, arbitrary: fc.record(shape) as unknown as fc.Arbitrary<NearStep> }
}
const always = (verb: NearStep['do']): fc.Arbitrary<unknown> => fc.constant(verb)
const fate = fc.constantFrom('deliver', 'deliver', 'deliver', 'lose-reply', 'lose', 'linger')

const usual = [
  weighted(6, { do: always('read'), instance: small }),
  weighted(4, { do: always('save'), handle: small }),
  weighted(1, { do: always('destroy'), handle: small }),
  weighted(9, { do: always('wire'), which: small, fate }),
  weighted(4, { do: always('reply'), which: small }),
  weighted(1, { do: always('late'), which: small }),
  weighted(4, { do: always('tell'), instance: small }),
]
const cuts = [
  weighted(1, { do: always('cut'), instance: small }),
  weighted(2, { do: always('listen'), instance: small }),
]
const failovers = [
  weighted(2, { do: always('snapshot') }),
  weighted(1, { do: always('failover'), to: fc.constantFrom('empty', 'behind', 'former') }),
]
const bounds = { minLength: 10, maxLength: 70 }
const steps = fc.array(fc.oneof(...usual, ...cuts), bounds)
const stepsAndFailovers = fc.array(fc.oneof(...usual, ...cuts, ...failovers), bounds)
const failoversOnly = fc.array(fc.oneof(...usual, ...failovers), bounds)
let worlds = 0

async function play(run: readonly NearStep[], rig: NearRig = () => {}, isDeaf = false): Promise<string | undefined> {
  worlds += 1
  const world = new NearWorld(one.redis, `near${worlds}:`, rig, { isDeaf })
  await world.begin()
  for (const step of run) await world.take(step)
  return world.verdict()
}

describe('sessions that are near keep the invariants', () => {
  it.each([
    ['while lines are cut and replies are late', steps],
    ['across failovers', stepsAndFailovers],
  ])(
    '%s',
    async (_when, runs) => {
      await fc.assert(
        fc.asyncProperty(runs, async run => {
          expect(await play(run)).toBeUndefined()
        }),
        { numRuns: Number(process.env.MODEL_RUNS ?? 300), endOnFailure: true },
      )
    },
    300_000,
  )
})

/** Instance 0 reads; while the reply is on its way, instance 1 writes, and that is told sooner. */
const overtaken: NearStep[] = [
  { do: 'cut', instance: 0 },
  { do: 'listen', instance: 0 },
  { do: 'read', instance: 0 },
  { do: 'wire', which: 0, fate: 'deliver' },
  { do: 'save', handle: 1 },
  { do: 'wire', which: 0, fate: 'deliver' },
  { do: 'tell', instance: 0 },
  { do: 'reply', which: 0 },
]

/** What instance 1 writes is told to instance 0 on a line that is cut. */
const untold: NearStep[] = [
  { do: 'save', handle: 1 },
  { do: 'wire', which: 0, fate: 'deliver' },
  { do: 'cut', instance: 0 },
  { do: 'listen', instance: 0 },
]

describe('and need each rule: without it the model fails', () => {
  interface Rule {
    rule: string
    rig?: NearRig
    isDeaf?: boolean
    /** Where a random search takes long. */
    run?: NearStep[]
    runs?: typeof steps
    breaks: RegExp
  }
  const rules: Rule[] = [
    {
      rule: 'what changes ends the reads under way',
      rig: cache => {
        const end = cache.end.bind(cache)
        cache.end = ({ key }, record) => end(cache.begin(key), record)
      },
      run: overtaken,
      breaks: /at rest/,
    },
    {
      rule: 'what was written here is not near any more',
      rig: cache => {
        cache.forget = () => {}
      },
      breaks: /what was told shows/,
    },
    { rule: 'what was told is heard', isDeaf: true, breaks: /at rest|what was told shows/ },
    { rule: 'a line that is cut takes all along', rig: keepsAll, run: untold, breaks: /at rest/ },
    { rule: 'a failover takes all along', rig: keepsAll, runs: failoversOnly, breaks: /at rest/ },
  ]

  for (const { rule, rig, isDeaf, run, runs = steps, breaks } of rules) {
    it(rule, { timeout: 300_000 }, async () => {
      if (run !== undefined) expect(await play(run)).toBeUndefined()
      let broken: string | undefined
      for (const taken of run === undefined ? fc.sample(runs, { numRuns: 2000, seed: 20_261_129 }) : [run]) {
        broken = await play(taken, rig, isDeaf)
        if (broken !== undefined) break
      }
      expect(broken).toMatch(breaks)
    })
  }
})

function keepsAll(cache: NearCache): void {
  cache.clear = () => {}
}

/**
 * Random interleavings of three processes on one memory backend, with a clock that moves: nothing acknowledged is lost, nothing ended or
 * expired comes back, a new sid has one owner. The same with lost replies and failovers runs on Redis (packages/redis/test/model.test.ts).
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Backend } from './backend.ts'
import { isSessionError } from './errors.ts'
import { createSessionManager, type Manager } from './manager.ts'
import { memoryBackend } from './memory-backend.ts'
import { createProvider } from './provider.ts'
import type { SessionStore } from './session-store.ts'

const IDLE_MS = 10_000
const ABSOLUTE_MS = 30_000

type Step =
  | { do: 'open'; instance: number }
  | { do: 'change' | 'save' | 'regenerate' | 'destroy'; handle: number }
  | { do: 'deliver'; which: number }
  | { do: 'wait'; ms: number }

const small = fc.nat({ max: 5 })
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('open' as const), instance: small }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('change' as const), handle: small }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('save' as const), handle: small }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('regenerate' as const), handle: small }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('destroy' as const), handle: small }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('deliver' as const), which: small }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 6000 }) }) },
) as fc.Arbitrary<Step>
const steps = fc.array(step, { minLength: 5, maxLength: 50 })

/** Every call waits until the test lets it through; `spoil` may change what it does. */
function held(backend: Backend, calls: (() => void)[], spoil: Partial<Backend>): Backend {
  const verbs = { ...spoil }
  for (const verb of ['create', 'read', 'replace', 'touch', 'end'] as const) {
    const run = ((verbs as Backend)[verb] ?? backend[verb].bind(backend)) as (...args: unknown[]) => Promise<unknown>
    verbs[verb] = ((...args: unknown[]) =>
      new Promise((resolve, reject) => {
        calls.push(() => void run(...args).then(resolve, reject))
      })) as never
  }
  return { ...(verbs as Backend), capabilities: new Set(), ready: async () => {}, close: async () => {} }
}

interface Handle {
  session: SessionStore
  fields: string[]
  isBusy: boolean
}

class World {
  #now = 0
  readonly #calls: (() => void)[] = []
  readonly #backend: Backend
  readonly #managers: Manager[]
  readonly #handles: Handle[] = []
  readonly #running: Promise<void>[] = []
  readonly #acknowledged = new Set<string>()
  readonly #successors = new Set<string>()
  #count = 0
  #sid = ''
  /** When it was last stored for sure. */
  #storedAt = 0
  #endings = 0
  #isEnded = false

  constructor(spoil: (backend: Backend) => Partial<Backend>) {
    const clock = { now: () => this.#now, sleep: async () => {} }
    this.#backend = memoryBackend({ clock })
    const timeouts = { idle: '10s', absolute: '30s' } as const
    this.#managers = Array.from({ length: 3 }, () => {
      const provider = createProvider(held(this.#backend, this.#calls, spoil(this.#backend)))
      return createSessionManager({ provider, clock, timeouts })
    })
  }

  async begin(): Promise<void> {
    const request = { secure: true, host: 'example.com', url: '/', header: () => undefined }
    const { session, commit } = await this.#managers[0]!.open(request)
    session.set('n', 0)
    await this.#until(Promise.resolve(commit({ status: 200 })))
    this.#sid = session.sessionId()
    await this.take({ do: 'open', instance: 0 })
  }

  async take(step: Step): Promise<void> {
    if (step.do === 'wait') this.#now += step.ms
    else if (step.do === 'deliver') await this.#deliver(step.which)
    else if (step.do === 'open') {
      const session = await this.#until(this.#managers[step.instance % 3]!.read(this.#sid))
      if (session !== null) this.#handles.push({ session, fields: [], isBusy: false })
    } else {
      const handle = this.#handles[step.handle % Math.max(this.#handles.length, 1)]
      if (handle !== undefined && handle.session.status === 'live' && !handle.isBusy) await this.#use(handle, step.do)
    }
  }

  async #use(handle: Handle, what: 'change' | 'save' | 'regenerate' | 'destroy'): Promise<void> {
    const { session } = handle
    if (what === 'change') {
      this.#count += 1
      handle.fields.push(`f${this.#count}`)
      session.set(`f${this.#count}`, this.#count)
    } else if (what === 'regenerate') session.regenerate()
    else {
      handle.isBusy = true
      const done = what === 'save' ? this.#save(handle) : this.#destroy(session)
      const over = (): void => {
        handle.isBusy = false
      }
      this.#running.push(done.finally(over))
      await settled()
    }
  }

  async #save({ session, fields }: Handle): Promise<void> {
    const written = fields.splice(0)
    const before = session.sessionId()
    try {
      await session.save()
    } catch (error) {
      if (!isSessionError(error, 'ERR_SESSION_DESTROYED')) throw error
      return
    }
    for (const field of written) this.#acknowledged.add(field)
    this.#storedAt = Math.max(this.#storedAt, session.expiresAt! - IDLE_MS)
    if (session.sessionId() !== before) this.#successors.add(session.sessionId())
  }

  async #destroy(session: SessionStore): Promise<void> {
    const isFirst = session.sessionId() === this.#sid
    this.#endings += 1
    await session.destroy()
    this.#isEnded ||= isFirst
  }

  /** Undefined: all holds. */
  async verdict(): Promise<string | undefined> {
    await this.#until(Promise.all(this.#running))
    const first = await this.#read(this.#sid)
    const others = (await Promise.all([...this.#successors].map(sid => this.#read(sid)))).filter(each => each !== null)
    if (first !== null && (this.#isEnded || this.#successors.size > 0)) return 'what has ended is there'
    if (others.length > 1) return 'one session has two successors'
    const live = first ?? others[0]
    if (live === undefined) {
      const isOver = this.#endings > 0 || this.#now >= Math.min(this.#storedAt + IDLE_MS, ABSOLUTE_MS)
      return isOver ? undefined : 'what was stored is gone'
    }
    if (this.#now >= ABSOLUTE_MS) return 'what has expired is there'
    const missing = [...this.#acknowledged].find(field => live.get(field) === undefined)
    return missing === undefined ? undefined : `${missing} was acknowledged and is not there`
  }

  #read(sid: string): Promise<SessionStore | null> {
    return this.#until(this.#managers[1]!.read(sid))
  }

  async #deliver(which: number): Promise<void> {
    this.#calls.splice(which % Math.max(this.#calls.length, 1), 1)[0]?.()
    await settled()
  }

  /** Lets all through, in order. */
  async #until<T>(work: Promise<T>): Promise<T> {
    let isDone = false
    const over = (): void => {
      isDone = true
    }
    work.then(over, over)
    while (!isDone) await this.#deliver(0)
    return work
  }
}

const settled = (): Promise<void> => new Promise(resolve => setTimeout(resolve))

async function play(run: readonly Step[], spoil: (backend: Backend) => Partial<Backend> = () => ({})) {
  const world = new World(spoil)
  await world.begin()
  for (const each of run) await world.take(each)
  return world.verdict()
}

describe('interleavings on the memory backend', () => {
  it('lose nothing, bring nothing back and mix up nobody', async () => {
    const property = fc.asyncProperty(steps, async run => {
      expect(await play(run)).toBeUndefined()
    })
    await fc.assert(property, { numRuns: 200, endOnFailure: true })
  }, 120_000)

  it.each<[rule: string, spoil: (backend: Backend) => Partial<Backend>, breaks: RegExp]>([
    [
      'compare-and-set (the last write wins instead)',
      backend => ({
        replace: async (key, base, fields, call) => {
          const now = await backend.read(key)
          return backend.replace(key, now === null || now === 'retired' ? base : now, fields, call)
        },
      }),
      /was acknowledged and is not there/,
    ],
    [
      'an end that is for good (nothing is done instead)',
      () => ({ end: async () => ({ outcome: 'ok' }) }),
      /what has ended is there|two successors/,
    ],
  ])(
    'and need %s',
    async (_, spoil, breaks) => {
      for (const run of fc.sample(steps, { numRuns: 2000, seed: 42 })) {
        const broken = await play(run, spoil)
        if (broken !== undefined) {
          expect(broken).toMatch(breaks)
          return
        }
      }
      expect.unreachable('It did not fail without the rule.')
    },
    120_000,
  )
})

/** One session whose sid is renewed, three instances, and an oracle. Its handles are requests: opened with a sid, ended by a commit. */
import {
  type Clock,
  createProvider,
  createSessionManager,
  isSessionError,
  type Manager,
  type OpenSession,
} from '@sentinel-session/core'
import type { Redis } from 'ioredis'
import { SentinelBackend } from '../../src/redis-backend.ts'
import { type Fate, settled, type Wire } from './wire.ts'

export type RenewalStep =
  | { do: 'open'; instance: number; sid: number }
  | { do: 'change'; handle: number }
  | { do: 'save'; handle: number }
  | { do: 'finish'; handle: number }
  | { do: 'destroy'; handle: number }
  | { do: 'wait' }
  | { do: 'wire'; which: number; fate: Fate }
  | { do: 'late'; which: number }

type Values = Record<string, number>

interface Handle extends OpenSession<Values, Partial<Values>> {
  fields: string[]
  updates: number
  busy: boolean
  isOver: boolean
}

const MINUTE_MS = 60_000

/** To each instance's provider, so that the model can switch rules of core off. */
export type RenewalRig = (provider: ReturnType<typeof createProvider>) => void

export class RenewalWorld {
  readonly #redis: Redis
  readonly #wire: Wire
  readonly #prefix: string
  readonly #managers: Manager<Values>[]
  readonly #handles: Handle[] = []
  readonly #running: Promise<void>[] = []
  readonly #acknowledged = new Set<string>()
  /** As the browser gets them; the last one is what it has. */
  readonly #sids: string[] = []
  #now = Date.now()
  #updates = { acknowledged: 0, unknown: 0 }
  #destroys = 0
  #ended = false
  #count = 0

  constructor(redis: Redis, wire: Wire, prefix: string, rig: RenewalRig) {
    this.#redis = redis
    this.#wire = wire
    this.#prefix = prefix
    const clock: Clock = { now: () => this.#now, sleep: async () => {} }
    const timeouts = { idle: '9h', absolute: 'none', renewal: { after: '20m', grace: '10m' } } as const
    this.#managers = [1, 2, 3].map(() => {
      const provider = createProvider(new SentinelBackend(wire.link()), { keyPrefix: prefix })
      rig(provider)
      return createSessionManager<Values>({ provider, clock, timeouts })
    })
  }

  async begin(): Promise<void> {
    const first = await this.#managers[0]!.open(facts())
    first.session.set('n', 0)
    const committing = first.commit({ status: 200 })
    await settled()
    await this.#wire.rest()
    this.#note(await committing)
    this.#now += 21 * MINUTE_MS
  }

  async take(step: RenewalStep): Promise<void> {
    switch (step.do) {
      case 'open':
        return this.#open(step.instance, step.sid)
      case 'change':
        return this.#change(this.#handle(step.handle))
      case 'save':
        return this.#run(this.#handle(step.handle), handle => handle.session.save())
      case 'finish':
        return this.#run(this.#handle(step.handle), async handle => {
          handle.isOver = true
          this.#note(await handle.commit({ status: 200 }))
        })
      case 'destroy':
        return this.#destroy(this.#handle(step.handle))
      case 'wait':
        this.#now += 11 * MINUTE_MS
        return
      case 'wire':
        return this.#wire.step(step.which, step.fate)
      case 'late':
        return this.#wire.late(step.which)
    }
  }

  /** Lets everything end, then says which invariant is broken; undefined when all hold. */
  async verdict(): Promise<string | undefined> {
    await this.#wire.until(Promise.all(this.#running))
    await this.#wire.latecomers()
    const live = await this.#liveRecords()
    if (live.length > 1) return `one owner: ${live.length} sessions live of one`
    if (this.#ended) {
      if (live.length > 0) return 'ended stays ended: the session lives'
      for (const sid of this.#sids) if (await this.#reads(sid)) return 'ended stays ended: a sid reads as a session'
      return undefined
    }
    if (live.length === 0) return this.#destroys > 0 ? undefined : 'acknowledged is there: nothing is left'
    if (!(await this.#reads(this.#sids.at(-1)!)) && this.#destroys === 0) return 'the browser has lost its session'
    this.#now += 11 * MINUTE_MS
    for (const sid of this.#sids.slice(0, -1)) if (await this.#reads(sid)) return 'an old sid works after its grace'
    const data = live[0]!
    for (const field of this.#acknowledged) if (!(field in data)) return `acknowledged is there: ${field} is missing`
    const { acknowledged, unknown } = this.#updates
    const applied = data.n!
    if (applied < acknowledged) return `acknowledged is there: ${acknowledged} updates acknowledged, ${applied} applied`
    if (applied > acknowledged + unknown) return `once: ${applied} updates applied, ${acknowledged} + ${unknown} made`
    return undefined
  }

  async #open(instance: number, which: number): Promise<void> {
    const sid = this.#sids[which % this.#sids.length]
    const opening = this.#managers[instance % 3]!.open(facts(sid))
    await settled()
    await this.#wire.rest()
    const { session, commit } = await opening
    if (session.status !== 'live' || session.isNew) return
    this.#handles.push({ session, commit, fields: [], updates: 0, busy: false, isOver: false })
  }

  async #change(handle: Handle | undefined): Promise<void> {
    if (!isFree(handle)) return
    this.#count += 1
    const field = `f${this.#count}`
    handle.session.set(field, this.#count)
    handle.session.update('n', n => n! + 1)
    handle.fields.push(field)
    handle.updates += 1
  }

  async #run(handle: Handle | undefined, work: (handle: Handle) => Promise<void>): Promise<void> {
    if (!isFree(handle)) return
    const { fields, updates } = handle
    Object.assign(handle, { busy: true, fields: [], updates: 0 })
    handle.session.has('n')
    const done = work(handle).then(
      () => {
        for (const field of fields) this.#acknowledged.add(field)
        this.#updates.acknowledged += updates
      },
      error => {
        if (!isSessionError(error)) throw error
        if (error.code !== 'ERR_SESSION_DESTROYED') this.#updates.unknown += updates
      },
    )
    this.#running.push(
      done.then(() => {
        handle.busy = false
      }),
    )
    await settled()
  }

  async #destroy(handle: Handle | undefined): Promise<void> {
    if (!isFree(handle)) return
    handle.busy = true
    this.#destroys += 1
    this.#running.push(
      handle.session.destroy().then(() => {
        this.#ended = true
      }),
    )
    await settled()
  }

  #note({ append }: { append: readonly (readonly [string, string])[] }): void {
    const cookie = append.find(([name]) => name === 'Set-Cookie')?.[1]
    if (cookie !== undefined && !cookie.includes('Max-Age=0')) this.#sids.push(cookie.split(/[=;]/)[1]!)
  }

  #handle(which: number): Handle | undefined {
    return this.#handles[which % Math.max(this.#handles.length, 1)]
  }

  async #reads(sid: string): Promise<boolean> {
    const reading = this.#managers[0]!.read(sid)
    await settled()
    await this.#wire.rest()
    while ((await Promise.race([reading, settled().then(() => 'waits' as const)])) === 'waits') await this.#wire.rest()
    return (await reading) !== null
  }

  /** Straight from Redis; signposts are none. */
  async #liveRecords(): Promise<Values[]> {
    const values = await Promise.all((await this.#redis.keys(`${this.#prefix}*`)).map(key => this.#redis.get(key)))
    const records = values.flatMap(value => (value?.startsWith('{') ? [(JSON.parse(value) as { d: Values }).d] : []))
    return records.filter(data => (data['~~'] as { movedTo?: string } | undefined)?.movedTo === undefined)
  }
}

function isFree(handle: Handle | undefined): handle is Handle {
  return handle !== undefined && !handle.busy && !handle.isOver && handle.session.status === 'live'
}

function facts(sid?: string) {
  const header = (name: string) => (name === 'cookie' && sid !== undefined ? `__Host-sid=${sid}` : undefined)
  return { secure: true, host: 'example.com', url: '/', header }
}

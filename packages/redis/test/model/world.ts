/** One session, three instances, and an oracle: what was acknowledged, and what must then be true (PROTOCOL section 8). */
import { createProvider, isSessionError, type SessionStore } from '@sentinel-session/core'
import type { Redis } from 'ioredis'
import { SentinelBackend } from '../../src/redis-backend.ts'
import { type Fate, type Successor, settled, type Wire } from './wire.ts'

export type Step =
  | { do: 'open'; instance: number }
  | { do: 'change'; handle: number }
  | { do: 'remove'; handle: number; which: number }
  | { do: 'save'; handle: number }
  | { do: 'regenerate'; handle: number }
  | { do: 'destroy'; handle: number }
  | { do: 'wire'; which: number; fate: Fate }
  | { do: 'late'; which: number }
  | { do: 'snapshot' }
  | { do: 'failover'; to: Successor }

interface Handle {
  session: SessionStore
  /** What it will have written when its next save is acknowledged. */
  fields: string[]
  removed: string[]
  updates: number
  /** A save or destroy runs; a handler awaits it before it goes on. */
  busy: boolean
}

type Data = Record<string, unknown>

/** Passed to each instance's storage, so that the model can switch rules of core off. */
export type Rig = (provider: ReturnType<typeof createProvider>) => void

export class World {
  readonly #redis: Redis
  readonly #wire: Wire
  readonly #providers: ReturnType<typeof createProvider>[]
  readonly #handles: Handle[] = []
  readonly #running: Promise<void>[] = []
  readonly #acknowledged = new Set<string>()
  /** By acknowledged saves, and by those with an unknown outcome. */
  readonly #removed = { acknowledged: new Set<string>(), unknown: new Set<string>() }
  #firstSid = ''
  #updates = { acknowledged: 0, unknown: 0 }
  #destroys = 0
  #ended = false
  #retired = false
  #count = 0
  readonly #prefix: string

  #failovers = 0

  constructor(redis: Redis, wire: Wire, prefix: string, instances: number, rig: Rig) {
    this.#redis = redis
    this.#wire = wire
    this.#prefix = prefix
    this.#providers = Array.from({ length: instances }, () => {
      const provider = createProvider(new SentinelBackend(wire.link()), { keyPrefix: prefix })
      rig(provider)
      return provider
    })
  }

  async begin(): Promise<void> {
    const opening = this.#providers[0]!.sessionRead('none')
    const session = await opening
    session.set('n', 0)
    session.set('shared', 'start')
    const saving = session.save()
    await settled()
    // The create may have been sent twice, and its first attempt may run at any time later.
    await this.#wire.step(0, 'linger')
    await this.#wire.rest()
    await saving
    this.#firstSid = session.sessionId()
    this.#handles.push({ session, fields: [], removed: [], updates: 0, busy: false })
  }

  async take(step: Step): Promise<void> {
    switch (step.do) {
      case 'open':
        return this.#open(step.instance)
      case 'change':
        return this.#change(this.#handle(step.handle))
      case 'remove':
        return this.#remove(this.#handle(step.handle), step.which)
      case 'save':
        return this.#save(this.#handle(step.handle))
      case 'regenerate': {
        const { session, busy } = this.#handle(step.handle)
        if (session.status === 'live' && !busy) session.regenerate()
        return
      }
      case 'destroy':
        return this.#destroy(this.#handle(step.handle))
      case 'wire':
        return this.#wire.step(step.which, step.fate)
      case 'late':
        return this.#wire.late(step.which)
      case 'snapshot':
        return this.#wire.snapshot()
      case 'failover':
        this.#failovers += 1
        return this.#wire.change(step.to)
    }
  }

  /** Lets everything end, then says which invariant is broken; undefined when all hold. */
  async verdict(): Promise<string | undefined> {
    await this.#wire.until(Promise.all(this.#running))
    await this.#wire.latecomers()
    await this.#everybodyReads()
    const live = await this.#liveRecords()
    const first = await this.#readFirst()
    if (this.#ended && first !== null) return 'ended stays ended: a destroyed sid reads as a session'
    if (this.#retired && first !== null) return 'ended stays ended: a retired sid reads as a session'
    // What a failover takes back may be done again before its journal has caught up: each of the two has its successor.
    if (live.length > 1 + this.#wire.takenBack) return `one owner: ${live.length} sessions live of one`
    if (live.length === 0) return this.#destroys > 0 ? undefined : 'acknowledged is there: nothing is left'
    // Another instance may have written the old sid on the new primary before its end was written again.
    if (this.#failovers > 0 && this.#retired) return undefined
    const data = live[0]!
    const removed = this.#removed
    for (const field of this.#acknowledged) {
      const mayBeGone = removed.acknowledged.has(field) || removed.unknown.has(field)
      if (!mayBeGone && !(field in data)) return `acknowledged is there: ${field} is missing`
    }
    for (const field of removed.acknowledged) if (field in data) return `never back: ${field} was removed`
    const { acknowledged, unknown } = this.#updates
    const applied = data.n as number
    // Updates on both sides of a failover are merged as values: one of them stays (PROTOCOL section 7).
    if (applied < acknowledged && this.#failovers === 0)
      return `acknowledged is there: ${acknowledged} updates acknowledged, ${applied} applied`
    if (applied > acknowledged + unknown) return `once: ${applied} updates applied, ${acknowledged} + ${unknown} made`
    return undefined
  }

  async #open(instance: number): Promise<void> {
    const opening = this.#providers[instance % this.#providers.length]!.sessionRead(this.#firstSid)
    await settled()
    await this.#wire.rest()
    const session = await opening
    if (!session.isNew) this.#handles.push({ session, fields: [], removed: [], updates: 0, busy: false })
  }

  async #change(handle: Handle): Promise<void> {
    if (handle.session.status !== 'live' || handle.busy) return
    this.#count += 1
    const field = `f${this.#count}`
    handle.session.set(field, this.#count)
    handle.session.set('shared', field)
    handle.session.update('n', (n: number) => n + 1)
    handle.fields.push(field)
    handle.updates += 1
  }

  /** Removes a field that it has read or written. */
  async #remove(handle: Handle, which: number): Promise<void> {
    if (handle.session.status !== 'live' || handle.busy) return
    const there = handle.session.keys().filter(key => key.startsWith('f'))
    const field = there[which % Math.max(there.length, 1)]
    if (field === undefined) return
    handle.session.delete(field)
    if (handle.fields.includes(field)) handle.fields = handle.fields.filter(each => each !== field)
    else handle.removed.push(field)
  }

  async #save(handle: Handle): Promise<void> {
    const { session, fields, removed, updates } = handle
    if (session.status !== 'live' || handle.busy) return
    handle.busy = true
    handle.fields = []
    handle.removed = []
    handle.updates = 0
    const before = session.sessionId()
    const saving = session.save().then(
      () => {
        for (const field of fields) this.#acknowledged.add(field)
        for (const field of removed) this.#removed.acknowledged.add(field)
        this.#updates.acknowledged += updates
        if (session.status === 'live' && session.sessionId() !== before && before === this.#firstSid)
          this.#retired = true
      },
      error => {
        if (!isSessionError(error)) throw error
        for (const field of removed) this.#removed.unknown.add(field)
        // After a failover it may have been ended here, and be written again by another instance.
        const isKnown = error.code === 'ERR_SESSION_DESTROYED' && this.#failovers === 0
        this.#updates.unknown += isKnown ? 0 : updates
      },
    )
    const done = saving.then(() => {
      handle.busy = false
    })
    this.#running.push(done)
    await settled()
  }

  async #destroy(handle: Handle): Promise<void> {
    const { session } = handle
    if (session.status !== 'live' || handle.busy) return
    handle.busy = true
    const sid = session.sessionId()
    this.#destroys += 1
    this.#running.push(
      session.destroy().then(() => {
        if (sid === this.#firstSid) this.#ended = true
      }),
    )
    await settled()
  }

  /** So that each has caught up with the last primary. */
  async #everybodyReads(): Promise<void> {
    for (const provider of this.#providers) {
      const reading = provider.sessionExist(this.#firstSid)
      await settled()
      await this.#wire.rest()
      await reading
    }
  }

  #handle(which: number): Handle {
    return this.#handles[which % this.#handles.length]!
  }

  async #readFirst(): Promise<Data | null> {
    const reading = this.#providers[0]!.sessionExist(this.#firstSid)
    await settled()
    await this.#wire.rest()
    return (await reading) ? {} : null
  }

  /** Straight from Redis. */
  async #liveRecords(): Promise<Data[]> {
    const values = await Promise.all((await this.#redis.keys(`${this.#prefix}*`)).map(key => this.#redis.get(key)))
    return values.flatMap(value => (value?.startsWith('{') ? [(JSON.parse(value) as { d: Data }).d] : []))
  }
}

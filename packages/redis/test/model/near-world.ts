/**
 * One session, instances that keep it near, and an oracle. What the store answers and what it tells of changes comes over different
 * connections: each stops on its own until the test lets it through.
 */
import { createProvider, isSessionError, type SessionStore } from '@sentinel-session/core'
import type { Redis } from 'ioredis'
import type { Link } from '../../src/link.ts'
import { NearBackend } from '../../src/near-backend.ts'
import { NearCache } from '../../src/near-cache.ts'
import { SentinelBackend } from '../../src/redis-backend.ts'
import { type Fate, type Successor, settled, Wire } from './wire.ts'

export type NearStep =
  | { do: 'read'; instance: number }
  | { do: 'save'; handle: number }
  | { do: 'destroy'; handle: number }
  | { do: 'wire'; which: number; fate: Fate }
  | { do: 'reply'; which: number }
  | { do: 'late'; which: number }
  | { do: 'tell'; instance: number }
  | { do: 'cut'; instance: number }
  | { do: 'listen'; instance: number }
  | { do: 'snapshot' }
  | { do: 'failover'; to: Successor }

/** What is known of the session: the fields that were set, and whether it has ended. */
interface Knowledge {
  fields: Set<string>
  isOver: boolean
}

interface Instance {
  provider: ReturnType<typeof createProvider>
  cache: NearCache
  tracking: { sureUntil: number }
  /** What was told, and has not arrived. */
  told: Knowledge[]
  /** What its next read must show: what it has heard, and what was acknowledged to it. */
  must: Knowledge
  hear(key: string): void
}

interface Handle {
  session: SessionStore
  instance: Instance
  isBusy: boolean
}

/** How the model switches a rule off, in the cache of each instance. */
export type NearRig = (cache: NearCache) => void

export class NearWorld {
  readonly #redis: Redis
  readonly #prefix: string
  readonly #wire: Wire
  readonly #instances: Instance[]
  readonly #handles: Handle[] = []
  readonly #running: Promise<void>[] = []
  /** Replies of reads that are on their way. */
  readonly #replies: (() => void)[] = []
  readonly #acknowledged = new Set<string>()
  #sid = ''
  #key = ''
  #updates = { acknowledged: 0, unknown: 0 }
  #destroys = 0
  #isOver = false
  #failovers = 0
  #count = 0
  #broken: string | undefined

  constructor(redis: Redis, prefix: string, rig: NearRig, rules: { isDeaf?: boolean } = {}) {
    this.#redis = redis
    this.#prefix = prefix
    this.#wire = new Wire(this.#telling(), prefix)
    this.#instances = [1, 2, 3].map(() => {
      const cache = new NearCache(10)
      const hear = rules.isDeaf === true ? () => {} : cache.forget.bind(cache)
      rig(cache)
      const stored = new SentinelBackend(this.#holding(this.#wire.link()), {}, key => cache.forget(key))
      const tracking = { sureUntil: Number.POSITIVE_INFINITY, ready: async () => {}, close: () => {} }
      const provider = createProvider(new NearBackend(stored, cache, tracking, prefix), { keyPrefix: prefix })
      return { provider, cache, tracking, told: [], must: { fields: new Set<string>(), isOver: false }, hear }
    })
  }

  async begin(): Promise<void> {
    const [first] = this.#instances as [Instance]
    const session = await this.#passing(first.provider.sessionRead('none'))
    session.set('n', 0)
    await this.#passing(session.save())
    this.#sid = session.sessionId()
    this.#key = (await this.#redis.keys(`${this.#prefix}*`))[0]!
    for (const instance of this.#instances) {
      const opened = await this.#passing(instance.provider.sessionRead(this.#sid))
      this.#handles.push({ session: opened, instance, isBusy: false })
    }
  }

  async take(step: NearStep): Promise<void> {
    switch (step.do) {
      case 'read':
        return this.#read(this.#instance(step.instance))
      case 'save':
        return this.#save(this.#handle(step.handle))
      case 'destroy':
        return this.#destroy(this.#handle(step.handle))
      case 'wire':
        return this.#wire.step(step.which, step.fate)
      case 'reply':
        this.#replies.splice(step.which % Math.max(this.#replies.length, 1), 1)[0]?.()
        return settled()
      case 'late':
        return this.#wire.late(step.which)
      case 'tell':
        return this.#tell(this.#instance(step.instance))
      case 'cut':
        return this.#cut(this.#instance(step.instance))
      case 'listen':
        this.#instance(step.instance).tracking.sureUntil = Number.POSITIVE_INFINITY
        return
      case 'snapshot':
        return this.#wire.snapshot()
      case 'failover':
        this.#failovers += 1
        // Each hears of it, and whatever the former primary had to tell is lost.
        for (const instance of this.#instances) await this.#cut(instance)
        await this.#wire.change(step.to)
        for (const { tracking } of this.#instances) tracking.sureUntil = Number.POSITIVE_INFINITY
    }
  }

  /** Lets everything end and everything be told, then says which invariant is broken; undefined when all hold. */
  async verdict(): Promise<string | undefined> {
    await this.#passing(Promise.all(this.#running))
    await this.#wire.latecomers()
    // Each catches up with the last primary, and changes what the others have then to be told of.
    for (const { provider } of this.#instances) await this.#passing(provider.backend.read(`${this.#prefix}none`))
    for (const instance of this.#instances) while (instance.told.length > 0) await this.#tell(instance)
    if (this.#broken !== undefined) return this.#broken
    for (const instance of this.#instances) {
      // The second time from where it is near.
      for (const _ of [1, 2]) {
        const difference = await this.#difference(instance)
        if (difference !== undefined) return difference
      }
    }
    return this.#account()
  }

  async #difference({ provider }: Instance): Promise<string | undefined> {
    const session = await this.#passing(provider.sessionRead(this.#sid))
    const stored = (await this.#stored()) ?? null
    const seen = session.isNew ? null : Object.fromEntries(session.keys().map(name => [name, session.get(name)]))
    if (stored === null && seen !== null) return 'at rest: a session is near that is not stored'
    if (JSON.stringify(sorted(stored)) === JSON.stringify(sorted(seen))) return undefined
    return 'at rest: what is near is not what is stored'
  }

  async #account(): Promise<string | undefined> {
    const stored = await this.#stored()
    if (this.#isOver && stored !== undefined) return 'ended stays ended: a destroyed session is stored'
    if (stored === undefined) return this.#destroys > 0 ? undefined : 'acknowledged is there: nothing is left'
    for (const field of this.#acknowledged) {
      if (!(field in stored)) return `acknowledged is there: ${field} is missing`
    }
    const { acknowledged, unknown } = this.#updates
    const applied = stored.n as number
    if (applied < acknowledged && this.#failovers === 0) return 'acknowledged is there: an update is missing'
    return applied > acknowledged + unknown ? 'once: an update was applied twice' : undefined
  }

  async #read(instance: Instance): Promise<void> {
    const { provider, must } = instance
    const known = { fields: new Set(must.fields), isOver: must.isOver }
    const reading = provider.sessionRead(this.#sid).then(session => {
      if (this.#failovers === 0) this.#check(session, known)
      if (!session.isNew) this.#handles.push({ session, instance, isBusy: false })
    })
    this.#running.push(reading)
    await settled()
  }

  /** A read shows what its instance had heard when it began. */
  #check(session: SessionStore, { fields, isOver }: Knowledge): void {
    if (session.isNew) return
    if (isOver) this.#broken ??= 'what was told shows: a session that is known to be over'
    for (const field of fields) if (!session.has(field)) this.#broken ??= `what was told shows: ${field} is missing`
  }

  async #save(handle: Handle): Promise<void> {
    const { session, instance } = handle
    if (session.status !== 'live' || handle.isBusy) return
    handle.isBusy = true
    this.#count += 1
    const field = `f${this.#count}`
    session.set(field, this.#count)
    session.update('n', n => (n as number) + 1)
    const saving = session.save().then(
      () => {
        this.#acknowledged.add(field)
        instance.must.fields.add(field)
        this.#updates.acknowledged += 1
      },
      error => {
        if (!isSessionError(error)) throw error
        this.#updates.unknown += 1
      },
    )
    this.#running.push(
      saving.then(() => {
        handle.isBusy = false
      }),
    )
    await settled()
  }

  async #destroy(handle: Handle): Promise<void> {
    const { session, instance } = handle
    if (session.status !== 'live' || handle.isBusy) return
    handle.isBusy = true
    this.#destroys += 1
    const ending = session.destroy().then(() => {
      this.#isOver = true
      instance.must.isOver = true
    })
    this.#running.push(ending)
    await settled()
  }

  async #tell(instance: Instance): Promise<void> {
    const news = instance.told.shift()
    if (news === undefined) return
    instance.hear(this.#key)
    learn(instance, news)
  }

  /** Its line is gone. What was on it is lost, and from now on the store is asked: it shows all there is. */
  async #cut(instance: Instance): Promise<void> {
    const { cache, tracking, told } = instance
    tracking.sureUntil = 0
    cache.clear()
    for (const news of told.splice(0)) learn(instance, news)
  }

  /** A way to Redis that tells everybody what has changed. */
  #telling(): Redis {
    const redis = this.#redis
    const callBuffer = async (name: string, ...args: (string | number)[]): Promise<unknown> => {
      if (name !== 'EVAL') return redis.callBuffer(name, ...args)
      const key = args[2] as string
      const before = await redis.get(key)
      const reply = await redis.callBuffer(name, ...args)
      const after = await redis.get(key)
      if (before !== after && key === this.#key) for (const { told } of this.#instances) told.push(knowledgeOf(after))
      return reply
    }
    const keys = redis.keys.bind(redis)
    const [del, restore] = [redis.del.bind(redis), redis.restore.bind(redis)]
    const [dumpBuffer, pttl] = [redis.dumpBuffer.bind(redis), redis.pttl.bind(redis)]
    return { callBuffer, keys, del, restore, dumpBuffer, pttl } as unknown as Redis
  }

  /** What was read waits for a step of its own. */
  #holding(link: Link): Link {
    const { send } = link
    return Object.assign(link, {
      send: async (...sending: Parameters<Link['send']>) => {
        const sent = await send(...sending)
        if (sending[0] === 'read') await new Promise<void>(resolve => this.#replies.push(resolve))
        return sent
      },
    })
  }

  /** Lets everything through until the work is done. */
  async #passing<X>(work: Promise<X>): Promise<X> {
    let isDone = false
    const over = (): void => {
      isDone = true
    }
    work.then(over, over)
    while (!isDone) {
      await this.#wire.rest()
      for (const reply of this.#replies.splice(0)) reply()
      await new Promise(resolve => setTimeout(resolve, 0))
    }
    return work
  }

  #instance(which: number): Instance {
    return this.#instances[which % this.#instances.length]!
  }

  #handle(which: number): Handle {
    return this.#handles[which % this.#handles.length]!
  }

  /** Straight from Redis; undefined: no live record. */
  async #stored(): Promise<Record<string, unknown> | undefined> {
    return dataIn(await this.#redis.get(this.#key))
  }
}

function learn({ must }: Instance, { fields, isOver }: Knowledge): void {
  for (const field of fields) must.fields.add(field)
  must.isOver ||= isOver
}

function knowledgeOf(value: string | null): Knowledge {
  const data = dataIn(value)
  return { fields: new Set(Object.keys(data ?? {})), isOver: data === undefined }
}

function dataIn(value: string | null): Record<string, unknown> | undefined {
  return value?.startsWith('{') ? (JSON.parse(value) as { d: Record<string, unknown> }).d : undefined
}

function sorted(data: Record<string, unknown> | null): [string, unknown][] | null {
  return data && Object.entries(data).sort(([a], [b]) => (a < b ? -1 : 1))
}

/** The line to one Sentinel: kept open, asked again and again, and listened to. One that is frozen never delays the others. */
import type { Redis } from 'ioredis'
import { connect, drop, type Login, within } from './connection.ts'
import { parseView, type SentinelView } from './sentinel-view.ts'
import type { Address } from './topology.ts'

/** One Sentinel may take this long to answer. */
const ANSWER_TIMEOUT_MS = 300
/** What it tells by itself when something changes. */
const NEWS = ['+switch-master', '+selected-slave', '+promoted-slave', '+sdown', '-sdown', '+slave', '+reboot']

export interface SentinelLinkOptions {
  address: Address
  masterName: string
  login: Login
  /** It has told something: worth a question. */
  heard(link: SentinelLink): void
}

export class SentinelLink {
  readonly #options: SentinelLinkOptions
  #redis: Promise<Redis> | undefined
  #isClosed = false
  /** What it said last; undefined when it cannot be asked, or does not know the name. */
  view: SentinelView | undefined
  /** Why it cannot be asked. */
  error: Error | undefined

  constructor(options: SentinelLinkOptions) {
    this.#options = options
  }

  /** Asks now, over a new connection if need be. Never rejects: see `view` and `error`. */
  async ask(): Promise<void> {
    if (this.#isClosed) return
    const connecting = this.#redis ?? this.#connect()
    this.#redis = connecting
    try {
      const redis = await connecting
      this.view = await within(ANSWER_TIMEOUT_MS, question(redis, this.#options.masterName))
      this.error = undefined
    } catch (error) {
      this.view = undefined
      this.error = error as Error
      this.#hangUp(connecting)
    }
  }

  close(): void {
    this.#isClosed = true
    if (this.#redis !== undefined) this.#hangUp(this.#redis)
  }

  async #connect(): Promise<Redis> {
    const { address, login, heard } = this.#options
    const redis = await connect(address, login, ANSWER_TIMEOUT_MS)
    if (this.#isClosed) {
      drop(redis)
      throw new Error('The backend was closed.')
    }
    redis.once('end', () => {
      this.view = undefined
      if (!this.#isClosed) heard(this)
    })
    // With RESP3 one connection asks and listens; a server before 6.0 is only asked.
    if (redis.condition?.protocol === 3) {
      redis.on('message', () => heard(this))
      redis.subscribe(...NEWS).catch((error: Error) => {
        this.error = error
      })
    }
    return redis
  }

  #hangUp(connecting: Promise<Redis>): void {
    if (this.#redis === connecting) this.#redis = undefined
    connecting.then(drop, () => undefined)
  }
}

async function question(redis: Redis, masterName: string): Promise<SentinelView | undefined> {
  const ask = (what: string): Promise<unknown> => redis.call('SENTINEL', what, masterName).catch(nothingForUnknown)
  const [address, primary, replicas] = await Promise.all([
    ask('get-master-addr-by-name'),
    ask('MASTER'),
    ask('REPLICAS'),
  ])
  if (address === null || primary === null || replicas === null) return undefined
  return parseView(address as [string, string], primary as string[], replicas as string[][])
}

function nothingForUnknown(error: Error): null {
  if (error.message.startsWith('ERR No such master')) return null
  throw error
}

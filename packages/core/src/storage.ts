/** A backend with the codec and the keys bound to it: sids and values in, records out. */
import type { Backend, Call, Layout, Redo, StoredRecord } from './backend.ts'
import { type Awaitable, type Codec, checkCodec } from './codec.ts'
import { CommitQueue } from './commit-queue.ts'
import { SessionError } from './errors.ts'
import { knownKeys } from './known-keys.ts'
import { nativeLayout } from './layout.ts'
import { type Data, emptyData, merge } from './merge.ts'
import { richJson } from './rich-json.ts'
import { handleOfHash } from './sid.ts'
import { hashedUserOf } from './users/binding.ts'

/** How records look: the provider's, so that all its users agree. */
export interface StorageOptions {
  /** `richJson()`. `encrypted(richJson(), { keys })` keeps values secret. Records of another codec cannot be read. */
  codec?: Codec
  /** Longest encoded body in bytes, after compression and encryption; above it a write throws `ERR_SESSION_TOO_LARGE`. 65536. */
  maxBytes?: number
  /** Before every key: a namespace. `'sess:'`; none with a layout that is shared. No white space, quotes, brackets or glob characters. */
  keyPrefix?: string
  /** How a sid looks and which key follows from it. 32 random bytes as base64url, hashed. */
  layout?: SidLayout
}

/** The part of a layout that concerns sids. */
export type SidLayout = Pick<Layout, 'newSid' | 'acceptsSid' | 'keyOf'> & Partial<Layout>

export const STORAGE_OPTION_NAMES: readonly string[] = ['codec', 'maxBytes', 'keyPrefix', 'layout']

/** Stored bytes above this are not even parsed, unless `maxBytes` allows more. */
const READ_CAP = 1_048_576

const bytes = new TextEncoder()

export interface Loaded {
  record: StoredRecord
  data: Data
}

export class Storage {
  readonly backend: Backend
  readonly codec: Codec
  readonly layout: SidLayout
  readonly commits: CommitQueue
  readonly keyPrefix: string
  /** Another program reads and writes the same records. */
  readonly isShared: boolean
  readonly #maxBytes: number

  constructor(backend: Backend, options: StorageOptions = {}) {
    knownKeys(options, STORAGE_OPTION_NAMES)
    const { codec = richJson(), maxBytes = 65_536, layout = backend.layout ?? nativeLayout } = options
    const isShared = isSharedLayout(layout)
    const { keyPrefix = isShared ? '' : 'sess:' } = options
    if (!Number.isInteger(maxBytes) || maxBytes < 1) {
      throw new SessionError('ERR_CONFIG_OPTION', 'maxBytes must be a positive whole number.', { field: 'maxBytes' })
    }
    if (typeof keyPrefix !== 'string' || /[\s"<>*?[\]{}\\\p{Cc}]/u.test(keyPrefix) || keyPrefix.length > 256) {
      const message =
        'keyPrefix must be a string of at most 256 characters, without white space, quotes, brackets and glob characters.'
      throw new SessionError('ERR_CONFIG_OPTION', message, { field: 'keyPrefix' })
    }
    checkCodec(codec)
    checkLayout(layout, backend.layout)
    this.isShared = isShared
    this.backend = backend
    this.codec = codec
    this.layout = layout
    this.commits = new CommitQueue(this)
    this.#maxBytes = maxBytes
    this.keyPrefix = keyPrefix
  }

  /** At once where the layout answers at once. */
  keyOf(sid: string): Awaitable<string> {
    const key = this.layout.keyOf(sid)
    return typeof key === 'string' ? this.keyPrefix + key : key.then(later => this.keyPrefix + later)
  }

  /** What the sessions of a user are listed under. */
  userOf(userId: string): string {
    return `${this.keyPrefix}user:${hashedUserOf(userId)}`
  }

  /** `SessionStore.id` of the session under this key. */
  handleOf(key: string): string {
    return handleOfHash(key.slice(this.keyPrefix.length))
  }

  async read(key: string, call: Call): Promise<Loaded | 'retired' | null> {
    const record = await this.backend.read(key, call)
    if (record === null || record === 'retired') return record
    const data = this.decode(key, record)
    return { record, data: data instanceof Promise ? await data : data }
  }

  /** At once where the codec answers at once. Throws or rejects with what the codec says, and with `ERR_SESSION_TOO_LARGE`. */
  encode(
    key: string,
    data: Data,
    header: Pick<StoredRecord, 'createdAt' | 'user'>,
    replaces?: StoredRecord,
    touched?: ReadonlySet<string>,
  ): Awaitable<string | Uint8Array> {
    // Around another codec it would be the body of the wrong one.
    const before = replaces && !this.codec.name.includes('+') ? unnamed(this.codec, replaces.body) : undefined
    const at = {
      key,
      header: headerText(header),
      replaces: before,
      touched: isDefault(this.codec) ? touched : undefined,
    }
    const encoded = this.codec.encode(data, at)
    return encoded instanceof Promise ? encoded.then(body => this.#fitting(body)) : this.#fitting(encoded)
  }

  #fitting(encoded: string | Uint8Array): string | Uint8Array {
    const body = named(this.codec, encoded)
    const size = typeof body === 'string' ? sizeOf(body, this.#maxBytes) : body.byteLength
    if (size > this.#maxBytes) {
      const message = `The session needs ${size} bytes; maxBytes allows ${this.#maxBytes}. What was stored stays as it was.`
      throw new SessionError('ERR_SESSION_TOO_LARGE', message, { field: 'maxBytes' })
    }
    return body
  }

  /** A three-way merge of records, long after their requests. One that was bound stays so. The same function for all calls: it keeps no request alive. */
  readonly redo: Redo = async (key, base, mine, stored) => {
    const [before, after, theirs] = await Promise.all([
      base === null ? emptyData() : this.decode(key, base),
      this.decode(key, mine),
      this.decode(key, stored),
    ])
    const { data } = merge({ base: before, mine: after, theirs, onConflict: 'theirs' })
    const { createdAt } = stored
    const user = stored.user ?? mine.user
    const header = user === undefined ? { createdAt } : { createdAt, user }
    return { ...header, expiresAt: mine.expiresAt, body: await this.encode(key, data, header) }
  }

  /** At once where the codec answers at once. Throws or rejects with `ERR_RECORD_MALFORMED` for what it did not write. */
  decode(key: string, record: StoredRecord): Awaitable<Data> {
    const refuse = (cause: unknown): never => {
      const message = `A stored session cannot be read by the codec "${this.codec.name}". It was left as it is.`
      throw new SessionError('ERR_RECORD_MALFORMED', message, { cause })
    }
    try {
      if (record.body.length > Math.max(READ_CAP, this.#maxBytes)) throw new Error('The stored session is too large.')
      const data = this.codec.decode(unnamed(this.codec, record.body), { key, header: headerText(record) })
      return data instanceof Promise ? data.catch(refuse) : data
    } catch (cause) {
      return refuse(cause)
    }
  }
}

/** Around it another would hand on what is not about its own bodies. */
function isDefault({ name }: Codec): boolean {
  return name === 'rich-json'
}

function isSharedLayout(layout: Pick<SidLayout, 'revisionIn'> | undefined): boolean {
  return layout?.revisionIn === 'digest'
}

function checkLayout(layout: SidLayout, kept: SidLayout = layout): void {
  const verbs = [layout?.newSid, layout?.acceptsSid, layout?.keyOf]
  if (verbs.every(verb => typeof verb === 'function') && isSharedLayout(kept) === isSharedLayout(layout)) return
  const message = 'layout must have newSid, acceptsSid and keyOf, and be that of the backend.'
  throw new SessionError('ERR_CONFIG_OPTION', message, { field: 'layout' })
}

function headerText({ createdAt, user = '' }: Pick<StoredRecord, 'createdAt' | 'user'>): string {
  return `${createdAt} ${user}`
}

/** UTF-8 size; exact only where it matters, near the limit. */
function sizeOf(text: string, limit: number): number {
  return text.length * 3 <= limit ? text.length : bytes.encode(text).byteLength
}

/**
 * The default codec's JSON object is stored bare. The name of any other codec goes with its body: as `["name","text"]`,
 * or in front of the bytes with a zero between.
 */
function named(codec: Codec, body: string | Uint8Array): string | Uint8Array {
  if (typeof body === 'string') return isDefault(codec) ? body : JSON.stringify([codec.name, body])
  const name = bytes.encode(`${codec.name}\0`)
  const whole = new Uint8Array(name.byteLength + body.byteLength)
  whole.set(name)
  whole.set(body, name.byteLength)
  return whole
}

function unnamed(codec: Codec, body: string | Uint8Array): string | Uint8Array {
  if (typeof body !== 'string') {
    const name = bytes.encode(`${codec.name}\0`)
    if (!name.every((byte, i) => body[i] === byte)) throw new Error('The body is of another codec.')
    return body.subarray(name.byteLength)
  }
  if (isDefault(codec)) return body
  const parts = parse(body)
  if (!Array.isArray(parts) || parts.length !== 2 || parts[0] !== codec.name || typeof parts[1] !== 'string') {
    throw new Error('The body is of another codec.')
  }
  return parts[1]
}

/** Undefined for what is no JSON: the platform's message quotes the text, which must not reach a log. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

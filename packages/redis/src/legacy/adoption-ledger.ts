/**
 * What is known of one old session: that it was taken over or ended, until the end date; and for a minute, by which sid. Both are records
 * beside the sessions. The sid is sealed with what only the old cookie and the old secret together give: a stolen database opens no session.
 */
import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto'
import type { AdoptionPlace } from '@sentinel-session/core'
import { emptyData, hashedKeyOf, type Storage } from '@sentinel-session/core/internal'
import type { Claim } from './legacy-source.ts'

/** For requests that were sent together with the first one, and for a visitor whose first answer was lost. */
const GRACE_MS = 60_000

const IV_BYTES = 12
const TAG_BYTES = 16

export class AdoptionLedger {
  readonly #storage: Storage
  readonly #place: AdoptionPlace
  readonly #until: number
  readonly #spent: string
  readonly #pending: string
  readonly #sealingKey: Buffer

  constructor(storage: Storage, place: AdoptionPlace, source: string, { key, secret }: Claim, until: number) {
    const name = `${storage.keyPrefix}${hashedKeyOf(`${source}\0${key}`)}`
    this.#storage = storage
    this.#place = place
    this.#until = until
    this.#spent = `adopted:${name}`
    this.#pending = `adopting:${name}`
    this.#sealingKey = createHmac('sha256', secret).update(`sentinel-session adopting\0${key}`).digest()
  }

  /** The key of the session that has taken its place; `''`: it was ended. Null: neither. */
  async successor(): Promise<string | null> {
    return this.#read(this.#spent)
  }

  /** From now on it is spent, whatever becomes of its row. Answers whose it is: of two that try, one. */
  async spend(successor: string): Promise<string | null> {
    return this.#claim(this.#spent, successor, this.#until)
  }

  /** The sid that somebody takes it over by, or did within the last minute. */
  async sid(): Promise<string | null> {
    const sealed = await this.#read(this.#pending)
    return sealed === null ? null : this.#unseal(sealed)
  }

  /** Announces the sid, or answers which one was. */
  async announce(sid: string): Promise<string | null> {
    const sealed = await this.#claim(this.#pending, this.#seal(sid), this.#place.clock.now() + GRACE_MS)
    return sealed === null ? null : this.#unseal(sealed)
  }

  async #claim(key: string, text: string, expiresAt: number): Promise<string | null> {
    const createdAt = this.#place.clock.now()
    const body = await this.#storage.encode(key, Object.assign(emptyData(), { text }), { createdAt })
    const call = { ...this.#place.call, redo: this.#storage.redo }
    const record = await this.#storage.backend.create(key, { createdAt, expiresAt, body }, call)
    return record === null ? this.#read(key) : text
  }

  async #read(key: string): Promise<string | null> {
    const found = await this.#storage.read(key, this.#place.call)
    return found === null || found === 'retired' ? null : String(found.data.text)
  }

  #seal(sid: string): string {
    const iv = randomBytes(IV_BYTES)
    const cipher = createCipheriv('aes-256-gcm', this.#sealingKey, iv)
    const sealed = Buffer.concat([cipher.update(sid, 'utf8'), cipher.final()])
    return Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64url')
  }

  /** Null for what was not sealed for this session. */
  #unseal(text: string): string | null {
    const bytes = Buffer.from(text, 'base64url')
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.#sealingKey, bytes.subarray(0, IV_BYTES), {
        authTagLength: TAG_BYTES,
      })
      decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES))
      return decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES), undefined, 'utf8') + decipher.final('utf8')
    } catch {
      return null
    }
  }
}

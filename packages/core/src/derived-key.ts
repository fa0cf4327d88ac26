/** What a secret becomes before anything is encrypted with it (HKDF-SHA-256, RFC 5869). */

export interface DerivedKey {
  /** Public: it stands in front of what the key encrypted. Four bytes that tell nothing of the secret. */
  readonly id: Uint8Array
  /** AES-256-GCM; it cannot be exported. */
  readonly key: CryptoKey
}

export const KEY_ID_BYTES = 4

/** Never for two purposes the same: the secret may sign cookies too. */
const KEY_PURPOSE = 'sentinel-session encrypted 1: key'
const ID_PURPOSE = 'sentinel-session encrypted 1: key id'

/** The same secret gives the same key in every process. */
export async function deriveKey(secret: Uint8Array<ArrayBuffer>): Promise<DerivedKey> {
  const base = await crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveBits', 'deriveKey'])
  const [key, id] = await Promise.all([
    crypto.subtle.deriveKey(hkdf(KEY_PURPOSE), base, { name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']),
    crypto.subtle.deriveBits(hkdf(ID_PURPOSE), base, KEY_ID_BYTES * 8),
  ])
  return { key, id: new Uint8Array(id) }
}

/** No salt: secrets are random already, and all processes must come to the same key. */
function hkdf(purpose: string): HkdfParams {
  return { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: new TextEncoder().encode(purpose) }
}

/** Encryption at rest: AES-256-GCM around another codec's body, bound to the record it was written for. */
import { type Codec, type CodecPlace, checkCodec, checkOf } from './codec.ts'
import { type DerivedKey, deriveKey, KEY_ID_BYTES } from './derived-key.ts'
import { frame, unframe } from './framed-body.ts'
import { type Keyring, keyBytesOf } from './keyring.ts'
import { knownKeys } from './known-keys.ts'

export interface EncryptedOptions {
  /** Required. The first encrypts, all decrypt: a new one goes in front. 32 random bytes or more each, from a random source. */
  keys: Keyring
}

const NONCE_BYTES = 12
const TAG_BYTES = 16
const CIPHER_AT = KEY_ID_BYTES + NONCE_BYTES

/**
 * A codec that keeps secret what `codec` writes; `compressed()` goes inside. A body opens only in the record that it was written
 * for: under another key, with another creation time or user, it is refused as one byte changed is. What an older key encrypted
 * is read, and encrypted with the first key when the session is next written. What no key opens: `decode` throws, and whoever
 * reads the session gets `ERR_RECORD_MALFORMED`, whatever the reason was.
 *
 * Throws `ERR_CONFIG_KEYS`, or `ERR_CONFIG_OPTION` for what is no codec and for unknown options.
 *
 * @example encrypted(compressed(richJson()), { keys: [newest, older] })
 */
export function encrypted(codec: Codec, options: EncryptedOptions): Codec {
  checkCodec(codec)
  const secrets = keyBytesOf(options?.keys, 'keys')
  knownKeys(options, ['keys'])
  const name = `encrypted+${codec.name}`
  /** Not before the first use: some platforms have no asynchronous work outside a request, nor share a promise between two. */
  let derived: readonly DerivedKey[] | undefined
  const allKeys = async (): Promise<readonly DerivedKey[]> => {
    derived ??= await Promise.all(secrets.map(deriveKey))
    return derived
  }

  return {
    name,
    ...checkOf(codec),

    async encode(data, at) {
      const body = await codec.encode(data, at)
      const [current] = await allKeys()
      return seal(current!, frame(body), placeBytes(name, at))
    },

    async decode(body, at) {
      const framed = await openWithAny(await allKeys(), body, placeBytes(name, at))
      return codec.decode(unframe(framed), at)
    },
  }
}

/** Key id, nonce, ciphertext and tag. */
async function seal(
  { id, key }: DerivedKey,
  plain: Uint8Array<ArrayBuffer>,
  additionalData: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array> {
  const iv = crypto.getRandomValues(new Uint8Array(NONCE_BYTES))
  const cipher = await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData }, key, plain)
  const sealed = new Uint8Array(CIPHER_AT + cipher.byteLength)
  sealed.set(id)
  sealed.set(iv, KEY_ID_BYTES)
  sealed.set(new Uint8Array(cipher), CIPHER_AT)
  return sealed
}

async function openWithAny(
  keys: readonly DerivedKey[],
  body: string | Uint8Array,
  additionalData: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array> {
  if (typeof body === 'string' || body.length < CIPHER_AT + TAG_BYTES) throw notOpened()
  const sealed = new Uint8Array(body)
  const params = { name: 'AES-GCM', iv: sealed.subarray(KEY_ID_BYTES, CIPHER_AT), additionalData }
  for (const { id, key } of keys) {
    if (!id.every((byte, i) => byte === sealed[i])) continue
    try {
      return new Uint8Array(await crypto.subtle.decrypt(params, key, sealed.subarray(CIPHER_AT)))
    } catch {
      // Two secrets may share an id, once in four billion: the next one has its turn.
    }
  }
  throw notOpened()
}

/** What is authenticated but not encrypted. As JSON: no two places have the same text. */
function placeBytes(name: string, { key, header }: CodecPlace): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify([name, key, header]))
}

/** One message for every reason: it does not tell which of them it was. */
function notOpened(): Error {
  return new Error('No key opens this body for this record.')
}

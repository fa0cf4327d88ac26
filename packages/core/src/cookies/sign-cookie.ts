/** Signed cookies: `<sid>.<base64url HMAC-SHA-256>`. Garbage then never reaches the backend. */
import { fromBase64url, toBase64url } from '../base64url.ts'
import { SessionError } from '../errors.ts'
import { constantTimeEqual, createHmac } from '../hmac-sha256.ts'

/** The first key signs, all verify. 32 bytes or more each. */
export type Keyring = readonly [current: string | Uint8Array, ...previous: (string | Uint8Array)[]]

const SHORTEST_KEY = 32
const SIGNATURE_CHARS = 43

export interface Signer {
  sign(sid: string): string
  /** Null: not signed by any of the keys. */
  verify(value: string): { sid: string; outdated: boolean } | null
}

/** The cookie's name is signed too, so that a value cannot move to another cookie. Throws `ERR_CONFIG_KEYS`. */
export function signer(cookieName: string, keys: Keyring): Signer {
  const macs = checked(keys).map(key => createHmac(key))
  const messageOf = (sid: string): string => `${cookieName}\0${sid}`
  return {
    sign: sid => `${sid}.${toBase64url(macs[0]!(messageOf(sid)))}`,

    verify(value) {
      const dot = value.length - SIGNATURE_CHARS - 1
      if (dot < 1 || value[dot] !== '.') return null
      const signature = decoded(value.slice(dot + 1))
      if (signature === null) return null
      const sid = value.slice(0, dot)
      let by = -1
      // Every key is tried, so that the time does not tell which one it was.
      for (const [index, mac] of macs.entries()) if (constantTimeEqual(mac(messageOf(sid)), signature)) by = index
      return by === -1 ? null : { sid, outdated: by > 0 }
    },
  }
}

function checked(keys: Keyring): Uint8Array[] {
  const utf8 = new TextEncoder()
  const list = Array.isArray(keys) ? keys.map(key => (typeof key === 'string' ? utf8.encode(key) : key)) : []
  if (list.length === 0 || !list.every(key => key instanceof Uint8Array && key.byteLength >= SHORTEST_KEY)) {
    const message = `cookie.keys must list keys of ${SHORTEST_KEY} bytes or more: the first signs, all verify.`
    throw new SessionError('ERR_CONFIG_KEYS', message, { field: 'cookie.keys' })
  }
  return list
}

function decoded(text: string): Uint8Array | null {
  try {
    return fromBase64url(text)
  } catch {
    return null
  }
}

/** Optional signatures: a forged cookie is turned away without asking the backend. */
import { toBase64url } from '../base64url.ts'
import { equalInConstantTime } from '../equal-in-constant-time.ts'
import { createHmac } from '../hmac-sha256.ts'
import { type Keyring, keyBytesOf } from '../keyring.ts'

export interface CookieSigner {
  /** `<sid>.<43 characters>` */
  sign(sid: string): string
  /** Null for anything that no key signed. `outdated`: it was not the first key, and the cookie should be issued anew. */
  verify(value: string): { readonly sid: string; readonly outdated: boolean } | null
}

/** SHA-256 as base64url, not truncated. */
export const SIGNATURE_LENGTH = 43

/** The signature covers the cookie's name too, so that one cookie's value is worth nothing in another. Throws `ERR_CONFIG_KEYS`. */
export function createCookieSigner(name: string, keys: Keyring): CookieSigner {
  const hmacs = keyBytesOf(keys, 'cookie.keys').map(createHmac)
  const [current] = hmacs
  const signature = (hmac: (message: string) => Uint8Array, sid: string): string => toBase64url(hmac(`${name}\0${sid}`))
  return {
    sign: sid => `${sid}.${signature(current!, sid)}`,
    verify(value) {
      const dot = value.length - SIGNATURE_LENGTH - 1
      if (dot < 1 || value[dot] !== '.') return null
      const sid = value.slice(0, dot)
      const given = value.slice(dot + 1)
      // Every key is tried, also after a match: the time does not tell which one it was (OWASP ASVS 11.2.4).
      let match = -1
      for (let i = hmacs.length - 1; i >= 0; i--) if (equalInConstantTime(signature(hmacs[i]!, sid), given)) match = i
      return match === -1 ? null : { sid, outdated: match > 0 }
    },
  }
}

/** The sid: the secret in the cookie. What is derived from it can be stored and logged; it cannot. */
import { isBase64url, toBase64url } from './base64url.ts'
import { sha256 } from './sha256.ts'

// 256 bits; OWASP ASVS 7.2.3 asks for 128.
const SID_BYTES = 32
const SID_LENGTH = 43

// One call for 64 sids: a call costs as much for 32 bytes as for 2 KiB.
const pool = new Uint8Array(64 * SID_BYTES)
let used = pool.length

/** 32 random bytes as base64url: 43 characters. If the platform's generator throws, so does this. */
export function newSid(): string {
  if (used === pool.length) {
    crypto.getRandomValues(pool)
    used = 0
  }
  const bytes = pool.subarray(used, used + SID_BYTES)
  const sid = toBase64url(bytes)
  // A heap dump must not show the sids of others.
  bytes.fill(0)
  used += SID_BYTES
  return sid
}

/** Exactly `/^[A-Za-z0-9_-]{43}$/`: nothing else is ever hashed, or becomes part of a key. */
export function isWellFormedSid(text: string): boolean {
  return text.length === SID_LENGTH && isBase64url(text)
}

/** The handle of a session, safe to log: 16 characters that lead neither to the sid nor to the record. */
export function handleOf(sid: string): string {
  return handleOfHash(hashedKeyOf(sid))
}

/** The same for whoever has only what the record is stored under: a list of sessions knows no sids. */
export function handleOfHash(hashedKey: string): string {
  return toBase64url(sha256(`sentinel-session id\0${hashedKey}`).subarray(0, 12))
}

/** What the record is stored under: 43 characters. Who reads the store learns no sid. */
export function hashedKeyOf(sid: string): string {
  return toBase64url(sha256(sid))
}

/** The sid: 256 random bits in base64url, and what is derived from it one way. */
import { toBase64url } from './base64url.ts'
import { sha256 } from './sha256.ts'

const SID_BYTES = 32
const SID_CHARS = 43
const POOL_BYTES = 64 * SID_BYTES

/** Random bytes are drawn by the kilobyte: one sid at a time costs ten times as much. */
let pool = new Uint8Array(0)
let used = 0

/** 43 characters from the system's secure source (ASVS 7.2.3 asks for 128 bits). Throws what that source throws. */
export function newSid(): string {
  if (used === pool.length) {
    pool = globalThis.crypto.getRandomValues(new Uint8Array(POOL_BYTES))
    used = 0
  }
  const bytes = pool.subarray(used, used + SID_BYTES)
  used += SID_BYTES
  const sid = toBase64url(bytes)
  bytes.fill(0)
  return sid
}

/** Whether a text could be a sid of ours; anything else never reaches the backend. */
export function isWellFormedSid(text: string): boolean {
  return text.length === SID_CHARS && /^[\w-]+$/.test(text)
}

/** The record key: who reads the database finds no sid in it. */
export function hashedKeyOf(sid: string): string {
  return toBase64url(sha256(sid))
}

/** The loggable handle: a hash of its own, so that logs open no record either. */
export function handleOf(sid: string): string {
  return toBase64url(sha256(`sentinel-session id\0${sid}`)).slice(0, 16)
}

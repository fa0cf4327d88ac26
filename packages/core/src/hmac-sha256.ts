/** HMAC-SHA-256 (RFC 2104) with the key absorbed once, and a comparison whose time tells nothing. */
import { absorbed, finish, initialState, sha256 } from './sha256.ts'

const BLOCK = 64
const utf8 = new TextEncoder()

/** A function of the message alone: 32 bytes. */
export function createHmac(key: Uint8Array): (message: string) => Uint8Array {
  const block = new Uint8Array(BLOCK)
  block.set(key.length > BLOCK ? sha256(key) : key)
  const inner = absorbed(
    initialState(),
    block.map(byte => byte ^ 0x36),
  )
  const outer = absorbed(
    initialState(),
    block.map(byte => byte ^ 0x5c),
  )
  return message => finish(outer, finish(inner, utf8.encode(message)))
}

/** Compares without an early exit; only the lengths are told apart sooner. */
export function constantTimeEqual(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false
  let difference = 0
  for (let i = 0; i < left.length; i++) difference |= left[i]! ^ right[i]!
  return difference === 0
}

/** HMAC-SHA-256 (RFC 2104) whose key is prepared once: what is left per message is two short hashes. */
import { BLOCK_BYTES, sha256, sha256From, sha256StateAfter } from './sha256.ts'

/** 32 bytes. */
export type Hmac = (message: Uint8Array | string) => Uint8Array

/** Text, as key or as message, counts as UTF-8. The key is not kept, and may be wiped afterwards. */
export function createHmac(key: Uint8Array | string): Hmac {
  const bytes = typeof key === 'string' ? new TextEncoder().encode(key) : key
  const block = new Uint8Array(BLOCK_BYTES)
  block.set(bytes.length > BLOCK_BYTES ? sha256(bytes) : bytes)
  const inner = sha256StateAfter(block.map(byte => byte ^ 0x36))
  const outer = sha256StateAfter(block.map(byte => byte ^ 0x5c))
  return function hmac(message) {
    return sha256From(outer, BLOCK_BYTES, sha256From(inner, BLOCK_BYTES, message))
  }
}

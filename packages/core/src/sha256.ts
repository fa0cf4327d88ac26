/**
 * SHA-256 (FIPS 180-4) in plain JavaScript. The request path must be synchronous and run on any platform: WebCrypto answers with
 * a promise and takes 12 us or more for an input as short as a sid; this takes less than one.
 */

// FIPS 180-4, section 4.2.2
const K = new Int32Array([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98,
  0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
  0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8,
  0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
  0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819,
  0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
  0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
  0xc67178f2,
])

// FIPS 180-4, section 5.3.3
const INITIAL = new Int32Array([
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
])

export const BLOCK_BYTES = 64

// Reused by all calls: nothing here awaits, so one hash is done before the next begins.
const schedule = new Int32Array(64)
const state = new Int32Array(8)
const ending = new Uint8Array(2 * BLOCK_BYTES)
const shortText = new Uint8Array(256)

const utf8 = new TextEncoder()

/** 32 bytes. Text is hashed as UTF-8. */
export function sha256(message: Uint8Array | string): Uint8Array {
  return sha256From(INITIAL, 0, message)
}

/** The state after one block of 64 bytes, to go on from with `sha256From`. */
export function sha256StateAfter(block: Uint8Array): Int32Array {
  state.set(INITIAL)
  absorb(block, 0)
  return state.slice()
}

/** The hash of what led to the state, `before` bytes and whole blocks, followed by the message. */
export function sha256From(start: Int32Array, before: number, message: Uint8Array | string): Uint8Array {
  let bytes: Uint8Array
  let length = message.length
  if (typeof message !== 'string') bytes = message
  else if (isShortAscii(message)) bytes = shortText
  else {
    bytes = utf8.encode(message)
    length = bytes.length
  }
  for (let i = 0; i < 8; i++) state[i] = start[i]!
  let at = 0
  for (; at + BLOCK_BYTES <= length; at += BLOCK_BYTES) absorb(bytes, at)
  finish(bytes, at, length, before + length)
  const digest = new Uint8Array(32)
  for (let i = 0, to = 0; i < 8; i++) {
    const word = state[i]!
    digest[to++] = word >>> 24
    digest[to++] = word >>> 16
    digest[to++] = word >>> 8
    digest[to++] = word
  }
  return digest
}

/** Copies it to `shortText`; false if it is something else. */
function isShortAscii(text: string): boolean {
  const { length } = text
  if (length > shortText.length) return false
  let all = 0
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i)
    shortText[i] = code
    all |= code
  }
  return all < 0x80
}

/** Section 5.1.1: a 1 bit, zeros, and the length in bits, to the end of a block. */
function finish(bytes: Uint8Array, at: number, length: number, total: number): void {
  const rest = length - at
  const padded = rest < BLOCK_BYTES - 8 ? BLOCK_BYTES : 2 * BLOCK_BYTES
  for (let i = 0; i < rest; i++) ending[i] = bytes[at + i]!
  ending[rest] = 0x80
  ending.fill(0, rest + 1, padded)
  const high = Math.floor(total / 2 ** 29)
  const low = total << 3
  for (let i = 1; i <= 4; i++) {
    ending[padded - i] = low >>> (8 * (i - 1))
    ending[padded - 4 - i] = high >>> (8 * (i - 1))
  }
  absorb(ending, 0)
  if (padded > BLOCK_BYTES) absorb(ending, BLOCK_BYTES)
}

/** Section 6.2.2. Measured: the plain loop is as fast as unrolled ones. */
function absorb(bytes: Uint8Array, from: number): void {
  for (let i = 0, at = from; i < 16; i++, at += 4) {
    schedule[i] = (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!
  }
  for (let i = 16; i < 64; i++) {
    const x = schedule[i - 15]!
    const y = schedule[i - 2]!
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3)
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10)
    schedule[i] = (schedule[i - 16]! + schedule[i - 7]! + s0 + s1) | 0
  }
  let a = state[0]!
  let b = state[1]!
  let c = state[2]!
  let d = state[3]!
  let e = state[4]!
  let f = state[5]!
  let g = state[6]!
  let h = state[7]!
  for (let i = 0; i < 64; i++) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7))
    const t1 = (h + s1 + (g ^ (e & (f ^ g))) + K[i]! + schedule[i]!) | 0
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10))
    const t2 = (s0 + ((a & b) | (c & (a | b)))) | 0
    h = g
    g = f
    f = e
    e = (d + t1) | 0
    d = c
    c = b
    b = a
    a = (t1 + t2) | 0
  }
  state[0]! += a
  state[1]! += b
  state[2]! += c
  state[3]! += d
  state[4]! += e
  state[5]! += f
  state[6]! += g
  state[7]! += h
}

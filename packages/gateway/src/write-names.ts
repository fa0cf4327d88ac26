/** What one client calls its writes, in the form of `Call.name`: so whoever gets one twice, and whichever gateway that is, knows it again. */

const WIDTH = 8
const ALPHABET = '0123456789abcdefghijklmnopqrstuvwxyz'
/** The largest multiple of 36 in a byte: no letter is likelier than another. */
const FAIR = 252

export class WriteNames {
  #writer: string | undefined
  #writes = 0

  next(): string {
    // Not at construction: Workers give no randomness while a module loads.
    this.#writer ??= randomName()
    this.#writes += 1
    return `${this.#writer}${this.#writes.toString(36).padStart(WIDTH - 1, '0')}0`
  }
}

function randomName(): string {
  let name = ''
  while (name.length < WIDTH) {
    for (const byte of crypto.getRandomValues(new Uint8Array(2 * WIDTH))) {
      if (byte < FAIR && name.length < WIDTH) name += ALPHABET[byte % ALPHABET.length]
    }
  }
  return name
}

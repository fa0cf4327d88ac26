/** Commands as RESP: text, and between it the arguments that are bytes. */
import type { Argument } from './command.ts'

/** The encoding is `latin1` where each character is one byte: to write that costs least. */
export type Chunk = { text: string; encoding: 'latin1' | 'utf8' } | Buffer

export class Request {
  readonly #chunks: Chunk[] = []
  #text = ''
  #isWide = false

  add(command: readonly Argument[]): void {
    this.#text += `*${command.length}\r\n`
    for (const argument of command) {
      if (typeof argument === 'string') this.#addText(argument)
      else if (typeof argument === 'number') this.#addText(String(argument))
      else this.#addBytes(argument)
    }
  }

  /** All that was added, in order. */
  chunks(): readonly Chunk[] {
    this.#endText()
    return this.#chunks
  }

  #addText(text: string): void {
    const bytes = Buffer.byteLength(text)
    if (bytes !== text.length) this.#isWide = true
    this.#text += `$${bytes}\r\n${text}\r\n`
  }

  #addBytes(bytes: Buffer): void {
    this.#text += `$${bytes.length}\r\n`
    this.#endText()
    this.#chunks.push(bytes)
    this.#text = '\r\n'
  }

  #endText(): void {
    if (this.#text !== '') this.#chunks.push({ text: this.#text, encoding: this.#isWide ? 'utf8' : 'latin1' })
    this.#text = ''
    this.#isWide = false
  }
}

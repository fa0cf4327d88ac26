/** Commands as RESP: text, and between it the arguments that are bytes. */
import type { Argument } from './command.ts'

/** The encoding is `latin1` where each character is one byte: to write that costs least. */
export type Chunk = { text: string; encoding: 'latin1' | 'utf8' } | Buffer

export class Request {
  readonly #chunks: Chunk[] = []
  #text = ''
  #isWide = false

  add(command: readonly Argument[]): void {
    let text = `*${command.length}\r\n`
    for (const argument of command) {
      if (typeof argument === 'object') {
        this.#text += `${text}$${argument.length}\r\n`
        this.#endText()
        this.#chunks.push(argument)
        text = '\r\n'
        continue
      }
      const word = String(argument)
      const bytes = Buffer.byteLength(word)
      if (bytes !== word.length) this.#isWide = true
      text += `$${bytes}\r\n${word}\r\n`
    }
    this.#text += text
  }

  /** All that was added, in order. */
  chunks(): readonly Chunk[] {
    this.#endText()
    return this.#chunks
  }

  #endText(): void {
    if (this.#text !== '') this.#chunks.push({ text: this.#text, encoding: this.#isWide ? 'utf8' : 'latin1' })
    this.#text = ''
    this.#isWide = false
  }
}

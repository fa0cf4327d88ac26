/** Cuts a stream of RESP2 or RESP3 into whole messages, in whatever chunks it comes. */
export class RespFrames {
  #rest: Buffer = Buffer.alloc(0)

  /** The messages that are whole now. */
  push(chunk: Buffer): Buffer[] {
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    const frames: Buffer[] = []
    for (let end = endOf(bytes, 0); end !== undefined; end = endOf(bytes, 0)) {
      frames.push(bytes.subarray(0, end))
      bytes = bytes.subarray(end)
    }
    this.#rest = bytes
    return frames
  }
}

/** The name of a command, in lower case. */
export function commandName(frame: Buffer): string {
  return frame.toString('latin1').split('\r\n', 3)[2]!.toLowerCase()
}

const BULKS = '$=!'
const LISTS = '*~>'
const MAPS = '%|'

/** Where the message ends that begins there; undefined until it is whole. */
function endOf(bytes: Buffer, from: number): number | undefined {
  const lineEnd = bytes.indexOf('\r\n', from)
  if (lineEnd === -1) return undefined
  const kind = bytes.toString('latin1', from, from + 1)
  const length = Number(bytes.toString('latin1', from + 1, lineEnd))
  let end: number | undefined = lineEnd + 2
  if (BULKS.includes(kind) && length >= 0) end += length + 2
  if (LISTS.includes(kind) || MAPS.includes(kind)) {
    const items = MAPS.includes(kind) ? 2 * length : length
    for (let left = items; left > 0 && end !== undefined; left -= 1) end = endOf(bytes, end)
  }
  return end !== undefined && end <= bytes.length ? end : undefined
}

import type { ServerResponse } from 'node:http'
import { pipeline, Readable } from 'node:stream'

/** A visitor who leaves early is no error. */
export function streamInto(res: ServerResponse, chunks: AsyncIterable<string>): void {
  pipeline(Readable.from(chunks), res, () => undefined)
}

/** Go's time.Time as it encodes itself: seconds since the year 1, nanoseconds, and the offset of its zone. */

/** From 1 January of year 1 to 1 January 1970. */
const SECONDS_BEFORE_1970 = 62_135_596_800n
const LATEST_MS = 8.64e15
const UTC = -1

/** Undefined for what is no time of Go's, or not one that a Date can be. What is below a millisecond does not show. */
export function dateOf(bytes: Uint8Array): Date | undefined {
  const isTime = (bytes.length === 15 && bytes[0] === 1) || (bytes.length === 16 && bytes[0] === 2)
  if (!isTime) return undefined
  const view = viewOf(bytes)
  const ms = Number(view.getBigInt64(1) - SECONDS_BEFORE_1970) * 1000 + Math.floor(view.getUint32(9) / 1e6)
  return Math.abs(ms) <= LATEST_MS ? new Date(ms) : undefined
}

/** In the zone of the time that it takes the place of; else in UTC. */
export function timeOf(date: Date, old?: Uint8Array): Uint8Array {
  const zoned = old !== undefined && dateOf(old) !== undefined ? old.slice() : undefined
  const bytes = zoned ?? new Uint8Array(15)
  const view = viewOf(bytes)
  const ms = date.getTime()
  const seconds = Math.floor(ms / 1000)
  view.setBigInt64(1, BigInt(seconds) + SECONDS_BEFORE_1970)
  view.setUint32(9, (ms - seconds * 1000) * 1e6)
  if (zoned === undefined) {
    view.setUint8(0, 1)
    view.setInt16(13, UTC)
  }
  return bytes
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** The record of a session as it lies in the store, found as anybody with redis-cli would: by the key. */
import { createHash } from 'node:crypto'

const PREFIX = 'sess:'
const SHOWN = 4

/** Null when it could not be read just now. The whole sid never leaves this function. */
export async function readStored(session, deployment) {
  const sid = session.sessionId()
  const key = PREFIX + createHash('sha256').update(sid).digest('base64url')
  const record = await deployment.readRecord(key).catch(() => null)
  return (
    record && { ...record, key, maskedSid: sid.slice(0, SHOWN) + '•'.repeat(12), size: Buffer.byteLength(record.value) }
  )
}

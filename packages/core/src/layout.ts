/**
 * The native layout: hashed keys, and one JSON value per session, readable in redis-cli (PROTOCOL section 1):
 * `{"v":1,"w":"<revision>[ <revision of another writer>]…","c":<created ms>,"u":"<prefix and hash of the user id>","d":{…}}`
 */
import type { Layout, StoredRecord } from './backend.ts'
import { fromBase64url, toBase64url } from './base64url.ts'
import { SessionError } from './errors.ts'
import { hashedKeyOf, isWellFormedSid, newSid } from './sid.ts'
import { PlainRecord } from './stored-record.ts'

const HEAD = '{"v":1,"w":"'
const REVISIONS = /^[0-9A-Za-z]{16}(?: [0-9A-Za-z]{16}){0,7}$/
/** What needs no escape in JSON. */
const USER = /^[^\s"<>\\\p{Cc}]{1,512}$/u

// A mark of byte order would be passed over in silence, and the script would look for the revision three bytes too early.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

interface NativeLayout extends Layout {
  pack(record: StoredRecord): string
}

export const nativeLayout: NativeLayout = {
  revisionIn: 'header',
  newSid,
  acceptsSid: isWellFormedSid,
  keyOf: hashedKeyOf,

  pack({ revisions, createdAt, user, body }) {
    const owner = user === undefined ? '' : `,"u":"${user}"`
    const data = typeof body === 'string' ? body : `"${toBase64url(body)}"`
    return `${HEAD}${revisions}","c":${createdAt}${owner},"d":${data}}`
  },

  unpack(bytes) {
    const text = decodeText(bytes)
    const listEnd = text.indexOf('"', HEAD.length)
    const revisions = text.slice(HEAD.length, listEnd)
    const createdAt = Number.parseInt(text.slice(listEnd + 6, listEnd + 22), 10)
    if (!text.startsWith(HEAD) || !REVISIONS.test(revisions) || !(createdAt >= 0)) throw malformed()
    let at = listEnd + `","c":${createdAt}`.length
    if (!text.startsWith(`","c":${createdAt},"`, listEnd)) throw malformed()
    let user: string | undefined
    if (text.startsWith(',"u":"', at)) {
      const userEnd = text.indexOf('"', at + 6)
      user = text.slice(at + 6, userEnd)
      if (!USER.test(user)) throw malformed()
      at = userEnd + 1
    }
    if (!text.startsWith(',"d":', at) || !text.endsWith('}')) throw malformed()
    const data = text.slice(at + 5, -1)
    const body = data.startsWith('"') ? decodeBody(data) : data
    const record = new PlainRecord({ createdAt, expiresAt: 0, body }, revisions)
    if (user !== undefined) record.user = user
    return record
  },
}

function decodeText(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes)
  } catch (cause) {
    throw malformed(cause)
  }
}

function decodeBody(quoted: string): Uint8Array {
  if (quoted.length < 2 || !quoted.endsWith('"')) throw malformed()
  try {
    return fromBase64url(quoted.slice(1, -1))
  } catch (cause) {
    throw malformed(cause)
  }
}

function malformed(cause?: unknown): SessionError {
  const message = 'A stored session is not a record of sentinel-session. It was left as it is.'
  return new SessionError('ERR_RECORD_MALFORMED', message, { cause })
}

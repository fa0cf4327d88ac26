/**
 * What the library keeps of a session beside its values. It lies in the body, under a key that no handler can reach, so that every layout
 * and every codec carries it, and encryption covers it.
 */
import { SessionError } from './errors.ts'
import { copyOfData, type Data } from './merge.ts'

const ABOUT = '~~'

export interface About {
  /** Of the values, as `migrate` counts it. Absent: 0. */
  version?: number
  /** Epoch ms since when the sid is in use. Absent: since the session was created. */
  since?: number
  /** The sid was renewed: the session lives under this key, and the old sid leads there until `until`. Empty: it is being ended. */
  movedTo?: string
  until?: number
}

/** Takes a decoded body apart. Throws `ERR_RECORD_MALFORMED`. */
export function splitAbout(stored: Data): { about: About; values: Data } {
  if (!(ABOUT in stored)) return { about: {}, values: stored }
  const { [ABOUT]: about, ...rest } = stored
  if (!isAbout(about)) {
    throw new SessionError(
      'ERR_RECORD_MALFORMED',
      'A stored session has a header that cannot be read. It was left as it is.',
    )
  }
  return { about, values: copyOfData(rest) }
}

/** The body to encode. */
export function joinAbout(values: Data, about: About): Data {
  if (Object.keys(about).length === 0) return values
  return copyOfData({ ...values, [ABOUT]: about })
}

function isAbout(found: unknown): found is About {
  if (typeof found !== 'object' || found === null) return false
  const { version = 0, since = 0, until = 0, movedTo = '' } = found as Record<string, unknown>
  return [version, since, until].every(Number.isSafeInteger) && typeof movedTo === 'string'
}

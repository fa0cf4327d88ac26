/** What stands for every way in which stored bytes can be no session of Beego's. */
import { SessionError } from '@sentinel-session/core'

/** The bytes themselves never get into the message: they are a session. */
export function malformed(what: string, at: number): SessionError {
  const message = `A stored session is not what Beego writes: ${what}, at byte ${at}. It was left as it is.`
  return new SessionError('ERR_RECORD_MALFORMED', message)
}

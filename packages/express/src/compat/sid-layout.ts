/** How sids look to an application that comes from express-session: whatever its `genid` makes, and what its old cookies carry. */
import type { SidLayout } from '@sentinel-session/core'
import { nativeLayout } from '@sentinel-session/core/internal'

/** What `genid` gave to the session that is being made; all of it happens in one turn. */
let given: string | undefined

/**
 * `redisSentinelProvider({ savePath, layout: expressLayout })`: any sid of at most 255 visible characters. Keys are hashed as ever. Without
 * it neither `genid` nor sids of express-session's own form work.
 */
export const expressLayout: SidLayout = Object.freeze({
  newSid: () => given ?? nativeLayout.newSid(),
  acceptsSid: (sid: string) => /^[\x21-\x7e]{1,255}$/.test(sid),
  keyOf: (sid: string) => nativeLayout.keyOf(sid),
})

/** Runs something that asks for a fresh sid once. */
export function withSid<X>(sid: string | undefined, work: () => X): X {
  given = sid
  try {
    return work()
  } finally {
    given = undefined
  }
}

/** How the session of a request begins. */
import type { Awaitable } from './codec.ts'
import type { Found } from './find-session.ts'
import type { Data } from './merge.ts'
import type { Shape, View } from './shape.ts'

export type Origin =
  | { status: 'new' | 'degraded' }
  | { status: 'retired'; sid: string }
  | LiveOrigin
  /** Read on demand, once; the sid is plausible and nothing more. */
  | { status: 'unread'; sid: string; read: () => Promise<Origin> }

export interface LiveOrigin {
  status: 'live'
  sid: string
  found: Found
  /** The values in the version of this program. */
  upgraded: Data
  /** As the handler sees them. */
  view: View
}

/** Throws or rejects with `ERR_RECORD_MALFORMED` or `ERR_RECORD_NEWER` for values that do not fit. */
export function liveOrigin(sid: string, found: Found, shape: Shape): Awaitable<LiveOrigin> {
  const upgraded = shape.upgrade(found.values, found.about.version ?? 0)
  const seen = shape.check(upgraded)
  const live = (view: View): LiveOrigin => ({ status: 'live', sid, found, upgraded, view })
  return seen instanceof Promise ? seen.then(live) : live(seen)
}

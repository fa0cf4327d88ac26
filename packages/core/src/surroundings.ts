/** What a session needs from around it. */
import type { OldSession } from './adoption.ts'
import type { Call } from './backend.ts'
import type { Clock } from './clock.ts'
import type { Policy } from './options.ts'
import type { Shape } from './shape.ts'
import type { Storage } from './storage.ts'

export interface Surroundings {
  readonly storage: Storage
  readonly policy: Policy
  readonly shape: Shape
  readonly clock: Clock
  readonly call: Call
  /** What the request brings of before: it ends with the session. */
  readonly old?: OldSession | undefined
}

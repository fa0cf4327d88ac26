/** For the packages of this family only: it may change in any release. */
export { TOMBSTONE_MS } from './backend.ts'
export { systemClock } from './clock.ts'
export { toMs } from './duration.ts'
export { notify } from './events.ts'
export { knownKeys } from './known-keys.ts'
export { nativeLayout } from './layout.ts'
export { SESSION_OPTION_NAMES } from './options.ts'
export { STORAGE_OPTION_NAMES } from './storage.ts'

/** For the packages of this family only: it may change in any release. */
export { AgedMap } from './aged-map.ts'
export { isOfTheAnswer } from './answer-headers.ts'
export { type Attachment, attach, RequestSessions, requireFree, withHandle } from './attachment.ts'
export { TOMBSTONE_MS } from './backend.ts'
export { toBase64url } from './base64url.ts'
export { systemClock } from './clock.ts'
export { findCookie } from './cookies/parse-cookie.ts'
export { serializeAttributes, serializeEnd } from './cookies/serialize-cookie.ts'
export { deepEqual } from './deep-equal.ts'
export { deferredProvider } from './deferred-provider.ts'
export { toMs } from './duration.ts'
export { equalInConstantTime } from './equal-in-constant-time.ts'
export { notify } from './events.ts'
export { applyTo, exchangeOf, type ResponseHead } from './exchange-of.ts'
export { gone } from './gone.ts'
export { createHmac, type Hmac } from './hmac-sha256.ts'
export { keyBytesOf } from './keyring.ts'
export { knownKeys } from './known-keys.ts'
export { nativeLayout } from './layout.ts'
export { type Data, emptyData, type Merged, merge } from './merge.ts'
export { SESSION_OPTION_NAMES } from './options.ts'
export { type KoaStore, koaStore } from './peers/koa-store.ts'
export { deadlineOf, type StoreOptions, ttlOf } from './peers/lifetime.ts'
export { type Kind, PeerSessions, type Seen } from './peers/peer-sessions.ts'
export { PerObject } from './per-object.ts'
export { storageOf } from './provider.ts'
export {
  type AttachmentByRequest,
  attachByRequest,
  type ForRequest,
  forAllRequests,
  letGo,
  type Platform,
} from './provider-per-request.ts'
export { isLoopback } from './require-secure.ts'
export { parseAddress } from './save-path/addresses.ts'
export { sha256 } from './sha256.ts'
export { hashedKeyOf } from './sid.ts'
export { STORAGE_OPTION_NAMES, type Storage } from './storage.ts'
export { endedMeanwhile, staleLogin, tooManySessions } from './users/refusals.ts'
export { kindOf } from './value-kind.ts'
export { withVary } from './vary.ts'
export { patched, putOn, WebAnswer, WebRequestFacts } from './web-exchange.ts'

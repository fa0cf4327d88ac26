export type { AdapterOptions, AdapterSession, ProxyOptions, SessionHandle, WithManager } from './adapter.ts'
export type { Adoption, AdoptionPlace, OldSession } from './adoption.ts'
export {
  type Backend,
  type Binding,
  type Budget,
  type Call,
  type Capabilities,
  can,
  type Ending,
  type Enumerable,
  type Fields,
  type Layout,
  type Member,
  type Redo,
  type Replaced,
  type StoredRecord,
  type Tries,
  type UserIndexed,
  type WhenFull,
} from './backend.ts'
export type { ManagerConfig } from './beego/manager-config.ts'
export { type BeyondConfig, newManager } from './beego/new-manager.ts'
export { type ProviderFactory, registerProvider } from './beego/provider-registry.ts'
export type { Clock } from './clock.ts'
export type { Awaitable, Codec, CodecPlace } from './codec.ts'
export { type CompressedOptions, compressed } from './compressed.ts'
export type { CookieOptions } from './cookies/session-cookie.ts'
export { type Duration, parseDuration } from './duration.ts'
export { type EncryptedOptions, encrypted } from './encrypted.ts'
export { type ErrorCode, isSessionError, SessionError } from './errors.ts'
export type { BackendEvent, Observer, RequestEvent, SessionEvent } from './events.ts'
export type { Keyring } from './keyring.ts'
export { createSessionManager, type Exchange, type HeadPatch, type Manager, type OpenSession } from './manager.ts'
export { type MemoryBackendOptions, memoryBackend } from './memory-backend.ts'
export type {
  FailureOptions,
  ManagerOptions,
  RenewalOptions,
  RequestFacts,
  Resolve,
  SessionOptions,
  TimeoutOptions,
  Unavailable,
} from './options.ts'
export { createProvider, type Provider } from './provider.ts'
export { richJson } from './rich-json.ts'
export { parseSavePath, type SavePathOptions } from './save-path/parse-save-path.ts'
export { type Address, DefaultPoolSize, type SavePath } from './save-path/save-path.ts'
export type { Schema, SchemaIssue, SchemaResult } from './schema.ts'
export type {
  DefaultData,
  Key,
  Reads,
  RegenerateOptions,
  SessionData,
  SessionOf,
  SessionStore,
} from './session-store.ts'
export type { Migration } from './shape.ts'
export type { SidLayout, StorageOptions } from './storage.ts'
export type { BindOptions } from './users/binding.ts'
export type { UserOptions } from './users/user-options.ts'
export type { SessionInfo } from './users/user-sessions.ts'

/**
 * A record, wherever it comes from: read, written, or kept by the journal. A class: of object literals V8 learns how long they live, and where
 * those of many logins stayed for a minute, it would put those of each request among the old, which are collected last and keep alive what is
 * new (docs/decisions/026-what-v8-learns.md).
 */
import type { Fields, StoredRecord } from './backend.ts'

export class PlainRecord implements StoredRecord {
  declare createdAt: number
  declare expiresAt: number
  declare body: string | Uint8Array
  declare readonly revisions: string
  declare user?: string

  constructor(fields: Fields, revisions: string) {
    this.createdAt = fields.createdAt
    this.expiresAt = fields.expiresAt
    this.body = fields.body
    this.revisions = revisions
    if (fields.user !== undefined) this.user = fields.user
  }
}

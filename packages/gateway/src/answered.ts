/** An answer, made into what the port promises. What is missing in it, or of no known form, is "could not ask", never "no session". */
import type { Fields, Member, Replaced, StoredRecord } from '@sentinel-session/core'
import type { Answer } from './asking.ts'
import { unavailable } from './failure.ts'

type Head = Readonly<Record<string, unknown>>

export function foundIn({ head, body }: Answer): StoredRecord | 'retired' | null {
  if (head.found === 'none') return null
  if (head.found === 'retired') return 'retired'
  if (head.found === 'live') return recordOf(head.record, body)
  throw notUnderstood()
}

export function createdIn({ head }: Answer, fields: Fields): StoredRecord | null {
  if (head.created === false) return null
  if (head.created !== true) throw notUnderstood()
  return { ...fields, revisions: textOf(head.revisions) }
}

/** `fields`: of a replace, what it wanted to store. */
export function replacedIn({ head, body }: Answer, fields?: Fields): Replaced {
  if (head.outcome === 'gone') return { outcome: 'gone' }
  if (head.outcome === 'changed') return { outcome: 'changed', current: recordOf(head.record, body) }
  if (head.outcome !== 'ok') throw notUnderstood()
  return fields === undefined
    ? { outcome: 'ok' }
    : { outcome: 'ok', record: { ...fields, revisions: textOf(head.revisions) } }
}

export function thereIn({ head }: Answer): boolean {
  if (typeof head.there !== 'boolean') throw notUnderstood()
  return head.there
}

export function numberIn({ head }: Answer, name: 'generation' | 'ended'): number {
  const value = head[name]
  if (typeof value !== 'number') throw notUnderstood()
  return value
}

export function listIn<X extends Member | string>({ head }: Answer, name: 'members' | 'capabilities'): readonly X[] {
  const value = head[name]
  if (!Array.isArray(value)) throw notUnderstood()
  return value as X[]
}

function recordOf(value: unknown, body: Answer['body']): StoredRecord {
  if (typeof value !== 'object' || value === null || body === undefined) throw notUnderstood()
  const { createdAt, expiresAt, user, revisions } = value as Head
  if (typeof createdAt !== 'number' || typeof expiresAt !== 'number') throw notUnderstood()
  const record = { createdAt, expiresAt, body, revisions: textOf(revisions) }
  return user === undefined ? record : { ...record, user: textOf(user) }
}

function textOf(value: unknown): string {
  if (typeof value !== 'string') throw notUnderstood()
  return value
}

function notUnderstood(): Error {
  return unavailable('The answer of the gateway was not understood')
}

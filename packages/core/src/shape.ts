/**
 * How stored values become what the application expects: `migrate` brings old ones up, then `schema` checks them. Neither writes
 * anything: what they change is stored with the next commit.
 */

import type { Awaitable } from './codec.ts'
import { copyOf } from './copy-value.ts'
import { SessionError } from './errors.ts'
import { FLASH } from './flash.ts'
import { knownKeys } from './known-keys.ts'
import { type Data, emptyData } from './merge.ts'
import { keyAtFault, type Schema, type SchemaResult } from './schema.ts'

export interface Migration {
  /** Of the values that this program writes: a whole number from 1. What was stored without one has 0. */
  version: number
  /** The values of an older version, as this one wants them. Synchronous; flash values are not given. */
  up(data: Record<string, unknown>, from: number): Record<string, unknown>
}

/** Values as a handler sees them. */
export interface View {
  values: Data
  /** Keys that the schema does not know: kept as they are stored, for whoever does, and shown to nobody. */
  hidden: ReadonlySet<string>
}

export interface Shape {
  /** Of what is written. Undefined: as it was stored. */
  readonly version: number | undefined
  /**
   * Values of this version, unchecked; the very same where nothing is to be done. Throws `ERR_RECORD_NEWER` for a version that only a
   * newer program knows, and `ERR_RECORD_MALFORMED` when `up` throws.
   */
  upgrade(values: Data, from: number): Data
  /** Rejects with `ERR_RECORD_MALFORMED`, naming the key, for what the schema refuses. */
  check(values: Data): Awaitable<View>
  /** As `check`, for what another request stored meanwhile: where the schema refuses it, it is taken as it is. */
  look(values: Data): Awaitable<View>
  /** Made anew at each call. */
  defaults(): Data
}

const NOTHING_HIDDEN: ReadonlySet<string> = new Set()

/** All of the values are seen. */
export function whole(values: Data): View {
  return { values, hidden: NOTHING_HIDDEN }
}

/** Values as they are stored, whatever their version: for who moves sessions about and does not know what is in them. */
export const asStored: Shape = {
  version: undefined,
  upgrade: values => values,
  check: whole,
  look: whole,
  defaults: emptyData,
}

/** Throws `ERR_CONFIG_SCHEMA` for a schema that does not accept `{}` at once, `ERR_CONFIG_OPTION` for what is none, or no migration. */
export function createShape(schema: Schema | undefined, migrate: Migration | undefined): Shape {
  checkMigration(migrate)
  const version = migrate?.version ?? 0
  const upgrade = (values: Data, from: number): Data => {
    if (from === version) return values
    if (from > version || migrate === undefined) throw newer(from, version)
    const [flash, plain] = flashAside(values)
    return Object.assign(emptyData(), flash, migrated(migrate, plain, from))
  }
  if (schema === undefined) return { ...asStored, version, upgrade }
  checkSchema(schema)

  const check = async (values: Data): Promise<View> => {
    const [, plain] = flashAside(values)
    const checked = await checkedBy(schema, plain)
    const hidden = new Set<string>()
    const seen = Object.assign(emptyData(), values)
    for (const key of Object.keys(plain)) {
      if (Object.hasOwn(checked, key)) seen[key] = (checked as Data)[key]
      else hidden.add(key)
    }
    return { values: seen, hidden }
  }

  return {
    version,
    upgrade,
    check,
    look: values => check(values).catch(() => whole(values)),
    defaults: () => defaultsOf(schema),
  }
}

function flashAside(values: Data): [flash: Data, plain: Data] {
  const sides: [Data, Data] = [emptyData(), emptyData()]
  for (const [key, value] of Object.entries(values)) sides[key.startsWith(FLASH) ? 0 : 1][key] = value
  return sides
}

function migrated({ up }: Migration, values: Data, from: number): Data {
  let data: unknown
  try {
    data = up(values, from)
    if (!isThenable(data)) data = copyOf(data)
  } catch (cause) {
    const message = `migrate.up failed on a session of version ${from}. It was left as it is.`
    throw new SessionError('ERR_RECORD_MALFORMED', message, { field: 'migrate.up', cause })
  }
  if (typeof data === 'object' && data !== null && !isThenable(data)) return data as Data
  const message = 'migrate.up must return the values, not a promise or anything else.'
  throw new SessionError('ERR_CONFIG_OPTION', message, { field: 'migrate.up' })
}

function isThenable(value: unknown): boolean {
  return typeof (value as Partial<Promise<unknown>> | null | undefined)?.then === 'function'
}

async function checkedBy(schema: Schema, values: Data): Promise<object> {
  let result: SchemaResult<unknown>
  try {
    result = await schema['~standard'].validate(values)
  } catch (cause) {
    throw unfit(undefined, cause)
  }
  if (result.issues !== undefined) throw unfit(keyAtFault(result.issues))
  if (typeof result.value !== 'object' || result.value === null) throw unfit(undefined)
  return result.value
}

function checkMigration(migrate: Partial<Migration> | undefined): void {
  if (migrate === undefined) return
  knownKeys(migrate ?? {}, ['version', 'up'], 'migrate.')
  if (!Number.isSafeInteger(migrate?.version) || migrate.version! < 1) {
    const message = 'migrate.version must be a whole number from 1; sessions stored without one have version 0.'
    throw new SessionError('ERR_CONFIG_OPTION', message, { field: 'migrate.version' })
  }
  if (typeof migrate.up !== 'function') {
    throw new SessionError('ERR_CONFIG_OPTION', 'migrate.up must be a function.', { field: 'migrate.up' })
  }
}

function checkSchema(schema: Schema): void {
  if (typeof schema?.['~standard']?.validate !== 'function') {
    const message = 'schema must be a Standard Schema (zod, valibot, arktype, …).'
    throw new SessionError('ERR_CONFIG_OPTION', message, { field: 'schema' })
  }
  defaultsOf(schema)
}

/** What the schema makes of `{}`. Copied, since a schema may give the same object each time. */
function defaultsOf(schema: Schema): Data {
  const result = schema['~standard'].validate({})
  if (result instanceof Promise) {
    // It may reject as well, and nobody waits for it.
    result.catch(() => {})
    const message = 'The schema must say at once what {} becomes: get() cannot wait for a default.'
    throw new SessionError('ERR_CONFIG_SCHEMA', message, { field: 'schema' })
  }
  if (result.issues !== undefined) {
    const key = keyAtFault(result.issues)
    const where = key === undefined ? '' : ` Make "${key}" optional, or give it a default.`
    const message = `The schema must accept {}: sessions begin empty.${where}`
    throw new SessionError('ERR_CONFIG_SCHEMA', message, { field: 'schema' })
  }
  try {
    return Object.assign(emptyData(), copyOf(result.value))
  } catch (cause) {
    const message = 'The schema gives a default that no session can keep.'
    throw new SessionError('ERR_CONFIG_SCHEMA', message, { field: 'schema', cause })
  }
}

function unfit(key: string | undefined, cause?: unknown): SessionError {
  const where = key === undefined ? '' : ` at "${key}"`
  const message = `A stored session does not fit the schema${where}. It was left as it is.`
  return new SessionError('ERR_RECORD_MALFORMED', message, key === undefined ? { cause } : { cause, field: key })
}

function newer(from: number, version: number): SessionError {
  const message = `A session was stored in version ${from} by a newer program; this one knows version ${version}. It was left as it is.`
  return new SessionError('ERR_RECORD_NEWER', message, { field: 'migrate.version', retryAfter: 1 })
}

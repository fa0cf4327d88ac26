/**
 * Standard Schema, version 1 (https://standardschema.dev), as far as sessions need it. zod, valibot, arktype and others have it; the type
 * is written here, so that core depends on none of them.
 */
import type { Awaitable } from './codec.ts'

/** `In` is what it accepts, `Out` what it gives. It must accept `{}`, since sessions begin empty, and what it gave itself. */
export interface Schema<In = unknown, Out = In> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => Awaitable<SchemaResult<Out>>
    readonly types?: { readonly input: In; readonly output: Out } | undefined
  }
}

export type SchemaResult<Out> =
  | { readonly value: Out; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] }

export interface SchemaIssue {
  /** May quote a value: it is never passed on. */
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** The session key that an issue is about; undefined when it is about the whole. */
export function keyAtFault([issue]: readonly SchemaIssue[]): string | undefined {
  const first = issue?.path?.[0]
  if (first === undefined) return undefined
  return String(typeof first === 'object' ? first.key : first)
}

/** Records that are alike to V8, wherever they come from: read, written, or kept by the journal. */
import type { Fields, StoredRecord } from './backend.ts'

export function recordOf(
  { createdAt, expiresAt, user, body }: Omit<Fields, 'user'> & { user?: string | undefined },
  revisions: string,
): StoredRecord {
  if (user === undefined) return { createdAt, expiresAt, body, revisions }
  return { createdAt, expiresAt, body, revisions, user }
}

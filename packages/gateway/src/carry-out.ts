/** One question to the store, and what it says, as an answer. The verbs of the port, and those on users; nothing that looks at all sessions. */
import {
  type Backend,
  can,
  type Replaced,
  SessionError,
  type StoredRecord,
  type UserIndexed,
} from '@sentinel-session/core'
import type { Asked } from './asked.ts'
import type { Message } from './message.ts'
import { Refusal } from './refusal.ts'

type Verb = (backend: Backend, asked: Asked) => Promise<Message>

const VERBS: ReadonlyMap<unknown, Verb> = new Map<string, Verb>([
  [
    'ready',
    async backend => {
      await backend.ready()
      return { head: { capabilities: [...backend.capabilities] } }
    },
  ],
  [
    'read',
    async (backend, { key, waiting }) => {
      // Who asks may want to know it for sure.
      const found = await backend.read(key, { ...waiting, fresh: true })
      if (found === null || found === 'retired') return { head: { found: found ?? 'none' } }
      return withRecord({ found: 'live' }, found)
    },
  ],
  [
    'create',
    async (backend, { key, fields, call }) => {
      const record = await backend.create(key, fields, call)
      return { head: record === null ? { created: false } : { created: true, revisions: record.revisions } }
    },
  ],
  [
    'replace',
    async (backend, { key, base, fields, call }) => {
      const tries = call.tries ?? {}
      return replaced(await backend.replace(key, base, fields, { ...call, tries }), tries.uncertain)
    },
  ],
  [
    'touch',
    async (backend, { key, expiresAt, waiting }) => ({ head: { there: await backend.touch(key, expiresAt, waiting) } }),
  ],
  ['end', async (backend, { key, ending, call }) => replaced(await backend.end(key, ending, call))],
  ['generationOf', async (backend, { user }) => ({ head: { generation: await indexOf(backend).generationOf(user) } })],
  [
    'endAllOf',
    async (backend, { user, exceptKey }) => ({ head: { ended: await indexOf(backend).endAllOf(user, exceptKey) } }),
  ],
  ['membersOf', async (backend, { user }) => ({ head: { members: await indexOf(backend).membersOf(user) } })],
])

/** Rejects with a `Refusal` for a question that cannot be asked, and with what the backend says. */
export function carryOut(backend: Backend, asked: Asked): Promise<Message> {
  const verb = VERBS.get(asked.verb)
  if (verb === undefined) throw new Refusal('question')
  return verb(backend, asked)
}

function replaced(outcome: Replaced, uncertain = false): Message {
  if (outcome.outcome === 'changed') return withRecord({ outcome: 'changed', uncertain }, outcome.current)
  if (outcome.outcome === 'gone') return { head: { outcome: 'gone' } }
  return { head: { outcome: 'ok', revisions: outcome.record?.revisions } }
}

function withRecord(head: object, { body, ...record }: StoredRecord): Message {
  return { head: { ...head, record }, body }
}

function indexOf(backend: Backend): UserIndexed {
  if (can(backend, 'userIndexed')) return backend
  throw new SessionError(
    'ERR_CONFIG_CAPABILITY',
    'The backend of this gateway does not know which sessions a user has.',
  )
}

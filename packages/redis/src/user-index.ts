/** The sessions of a user on Redis: what is asked of the index, and what a write that joins it says and is told. */
import type { Call, Fields, Member, Replaced } from '@sentinel-session/core'
import { endedMeanwhile, staleLogin, tooManySessions } from '@sentinel-session/core/internal'
import { type Argument, question, type Reply, scriptCall } from './command.ts'
import type { Origin } from './journal.ts'
import type { Link } from './link.ts'
import { JOIN } from './user-index-script.ts'

/** A generation outlives every login that may have begun before it, and then some. */
const GENERATION_MS = 86_400_000

/** Somebody else has raised the generation since it was asked for. */
const MOVED = 0

/** So many sessions are asked about, or ended, at once. */
const BATCH = 200

const LISTED = /^\d+ \d* (\d+) \S* (.*)$/s

export interface Raised {
  generation: number
  origin: Origin
  /** Of the sessions that are to be ended. */
  keys: readonly string[]
}

export class UserIndex {
  readonly #primary: Pick<Link, 'send'>
  readonly #end: (key: string, user: string) => Promise<Replaced>

  constructor(primary: Pick<Link, 'send'>, end: (key: string, user: string) => Promise<Replaced>) {
    this.#primary = primary
    this.#end = end
  }

  async generationOf(user: string): Promise<number> {
    const { reply } = await this.#primary.send('read', question(['HGET', user, 'g']), undefined, { key: user })
    return Number(reply ?? 0)
  }

  /** From its first moment on no login that began before is stored, and no session of before gets another key. */
  async raise(user: string, exceptKey = ''): Promise<Raised> {
    for (;;) {
      const before = await this.generationOf(user)
      const generation = Math.max(before + 1, Date.now())
      const parts = [raiseCall(user, generation, exceptKey, String(before))]
      const sending = { parts, durability: 'expected' as const, isDone: ([reply]: readonly Reply[]) => reply !== MOVED }
      const { reply, origin } = await this.#primary.send('write', sending, undefined, { key: user })
      if (reply !== MOVED) return { generation, origin, keys: (reply as Reply[]).map(String) }
    }
  }

  /** Answers how many were live. */
  async endAll(user: string, keys: readonly string[]): Promise<number> {
    let live = 0
    for (let at = 0; at < keys.length; at += BATCH) {
      const ended = await Promise.all(keys.slice(at, at + BATCH).map(key => this.#end(key, user)))
      live += ended.filter(({ outcome }) => outcome === 'ok').length
    }
    return live
  }

  async membersOf(user: string): Promise<readonly Member[]> {
    const { reply } = await this.#primary.send('read', question(['HGETALL', user]), undefined, { key: user })
    const members = membersIn(reply as Reply[])
    const live: Member[] = []
    for (let at = 0; at < members.length; at += BATCH) {
      live.push(...(await this.#live(user, members.slice(at, at + BATCH))))
    }
    const keys = new Set(live.map(({ key }) => key))
    const ended = members.filter(({ key }) => !keys.has(key)).map(({ key }) => key)
    if (ended.length > 0) await this.#forget(user, ended)
    return live.sort((a, b) => a.createdAt - b.createdAt)
  }

  async #live(user: string, members: readonly Omit<Member, 'expiresAt'>[]): Promise<Member[]> {
    const parts = members.flatMap(({ key }) => [
      ['GETRANGE', key, 0, 0],
      ['PTTL', key],
    ])
    const { replies } = await this.#primary.send('read', question(...parts), undefined, { key: user })
    const now = Date.now()
    return members.flatMap((member, i) => {
      const ttl = replies[2 * i + 1] as number
      return String(replies[2 * i]) === '{' ? [{ ...member, expiresAt: now + Math.max(ttl, 0) }] : []
    })
  }

  /** Nobody needs it to be done: where writes are refused just now, the list is right all the same. */
  async #forget(user: string, keys: readonly string[]): Promise<void> {
    const call = scriptCall([user, user], 'forget', '', '', ...keys)
    await this.#primary.send('write', question(call), undefined, { key: user }).catch(() => undefined)
  }
}

/** `exceptKey` is spared; with `'*'` all are, and the generation alone is raised. Whatever it is now: `before` is empty. */
export function raiseCall(user: string, generation: number, exceptKey: string, before: string): Argument[] {
  const till = String(Date.now() + GENERATION_MS)
  return scriptCall([user, user], 'raise', '', String(generation), exceptKey, till, before)
}

/** What the script needs to know of a session that joins. */
export function joinArguments(
  { createdAt }: Pick<Fields, 'createdAt'>,
  { bind = {}, until = Infinity }: Call,
): string[] {
  const { since, max, whenFull, from = '', label = '' } = bind
  const till = Number.isFinite(until) ? Math.ceil(until).toFixed(0) : ''
  return [till, String(createdAt), textOf(since), textOf(max), whenFull ?? 'end-oldest', from, label]
}

/** What a write with a user was answered; it throws what the write was refused with. `ended` are sessions that had to go. */
export function joined(reply: Reply, { bind }: Call): { reply: Reply; ended: readonly string[] } {
  if (!Array.isArray(reply)) return { reply, ended: [] }
  const [outcome, ...ended] = reply as Reply[]
  throwRefusal(outcome, bind)
  return { reply: outcome!, ended: ended.map(String) }
}

export function throwRefusal(outcome: Reply | undefined, bind: Call['bind']): void {
  if (outcome === JOIN.stale) throw staleLogin()
  if (outcome === JOIN.full) throw tooManySessions(bind?.max ?? 0)
  if (outcome === JOIN.doomed) throw endedMeanwhile()
}

/** Whether a write was done, that may have been one that joins. */
export function isDone([reply]: readonly Reply[]): boolean {
  return (Array.isArray(reply) ? reply[0] : reply) === JOIN.joined
}

function membersIn(reply: readonly Reply[]): Omit<Member, 'expiresAt'>[] {
  const members: Omit<Member, 'expiresAt'>[] = []
  for (let i = 0; i < reply.length; i += 2) {
    const [, createdAt, label] = LISTED.exec(String(reply[i + 1])) ?? []
    if (createdAt === undefined) continue
    const member = { key: String(reply[i]), createdAt: Number(createdAt) }
    members.push(label === '' ? member : { ...member, label: label! })
  }
  return members
}

function textOf(value: number | undefined): string {
  return value === undefined ? '' : String(value)
}

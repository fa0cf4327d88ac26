/** Who has which sessions, in memory. A superset, as everywhere: what it lists may have ended, and is asked for before it counts. */
import { AgedMap } from '../aged-map.ts'
import type { Binding } from '../backend.ts'
import { endedMeanwhile, staleLogin, tooManySessions } from './refusals.ts'

export interface Listed {
  label?: string
  createdAt: number
}

interface Sessions {
  generation: number
  members: Map<string, Listed>
}

export interface MemoryUserIndexOptions {
  /** So many generations of users without sessions are kept. */
  maxUsers: number
  now(): number
  isLive(key: string): boolean
  end(key: string): void
}

export class MemoryUserIndex {
  readonly #options: MemoryUserIndexOptions
  /** Those who were changed last come last. */
  readonly #users = new AgedMap<string, Sessions>()

  constructor(options: MemoryUserIndexOptions) {
    this.#options = options
  }

  /** Before the record is written: throws what the write is refused with. */
  join(user: string, key: string, createdAt: number, { label, since, max, whenFull, from }: Binding = {}): void {
    const { generation, members } = this.#users.get(user) ?? { generation: 0, members: new Map<string, Listed>() }
    if (since !== undefined && since !== generation) throw staleLogin()
    if (from !== undefined && !this.#options.isLive(from)) throw endedMeanwhile()
    const known = label ?? members.get(from ?? key)?.label
    const others = this.membersOf(user).filter(member => member.key !== key && member.key !== from)
    const surplus = max === undefined ? 0 : others.length + 1 - max
    if (surplus > 0 && whenFull === 'reject') throw tooManySessions(max!)
    for (const { key } of others.slice(0, Math.max(surplus, 0))) {
      this.#options.end(key)
      members.delete(key)
    }
    members.set(key, known === undefined ? { createdAt } : { createdAt, label: known })
    this.#put(user, { generation, members })
  }

  leave(user: string, key: string): void {
    const sessions = this.#users.get(user)
    sessions?.members.delete(key)
    if (sessions !== undefined && sessions.members.size === 0 && sessions.generation === 0) this.#users.delete(user)
  }

  generationOf(user: string): number {
    return this.#users.get(user)?.generation ?? 0
  }

  /** Returns how many were ended. */
  endAllOf(user: string, except?: string): number {
    const listed = this.membersOf(user)
    const { generation, members } = this.#users.get(user) ?? { generation: 0, members: new Map<string, Listed>() }
    this.#put(user, { generation: Math.max(generation + 1, this.#options.now()), members })
    const doomed = listed.filter(({ key }) => key !== except)
    for (const { key } of doomed) {
      this.#options.end(key)
      members.delete(key)
    }
    return doomed.length
  }

  /** The live ones, the oldest first; the others are forgotten. */
  membersOf(user: string): (Listed & { key: string })[] {
    const { members } = this.#users.get(user) ?? {}
    if (members === undefined) return []
    for (const key of members.keys()) if (!this.#options.isLive(key)) this.leave(user, key)
    return [...members].map(([key, listed]) => ({ key, ...listed })).sort((a, b) => a.createdAt - b.createdAt)
  }

  #put(user: string, sessions: Sessions): void {
    this.#users.set(user, sessions)
    if (this.#users.size <= this.#options.maxUsers) return
    for (const { key, value } of this.#users) {
      if (value.members.size > 0) continue
      this.#users.delete(key)
      return
    }
  }
}

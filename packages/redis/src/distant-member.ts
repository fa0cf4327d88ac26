/** What the index of a user of a cluster lists, and how what is listed is, from what stands under its key. Pure. */
import type { Member } from '@sentinel-session/core'
import type { Reply } from './command.ts'

const TEXT = /^-?\d+ \d* (\d+) (\S*) (.*)$/s
const IN_FLIGHT = /^(\d+)~\w+~/
const RECORD = /^\{"v":1,"w":"[^"]*","c":\d+(?:,"u":"([^"]*))?/

/** Where the list of writers is full: what stands before the user, and one character behind it. */
const LONGEST_HEAD = 12 + 135 + 6 + 16 + 6 + 1

export interface Listed extends Omit<Member, 'expiresAt'> {
  /** Epoch ms: until when its write may be on its way. 0: it is not. */
  flight: number
}

/**
 * - `live`: the user's.
 * - `coming`: it is not there, or nobody's yet; its write may be on its way.
 * - `missing`: the same, and no request waits for the write.
 * - `over`: it has ended, or is another user's, which it stays.
 */
export type State = 'live' | 'coming' | 'missing' | 'over'

/** So many bytes of a record tell. */
export function headLength(user: string): number {
  return LONGEST_HEAD + user.length
}

/** `head`: the first bytes of what stands under its key. */
export function stateOf({ flight }: Pick<Listed, 'flight'>, head: string, user: string, now: number): State {
  const record = RECORD.exec(head)
  if (record === null && head !== '') return 'over'
  const owner = record?.[1]
  if (owner === user) return 'live'
  if (owner !== undefined) return 'over'
  return now < flight ? 'coming' : 'missing'
}

/** From the reply to HGETALL, or a part of it. */
export function listedIn(reply: readonly Reply[]): Listed[] {
  const listed: Listed[] = []
  for (let i = 0; i < reply.length; i += 2) {
    const [, createdAt, rest, label] = TEXT.exec(String(reply[i + 1])) ?? []
    if (createdAt === undefined) continue
    const flight = Number(IN_FLIGHT.exec(rest!)?.[1] ?? 0)
    listed.push({
      key: String(reply[i]),
      createdAt: Number(createdAt),
      flight,
      ...(label === '' ? {} : { label: label! }),
    })
  }
  return listed
}

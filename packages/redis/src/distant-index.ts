/**
 * The sessions of a user where they are on other nodes than their index: on a cluster. A session joins before it is written, and what is to
 * be ended is ended under its key, written or not: so a write that comes later finds the key taken (decision 015).
 */
import type { Budget, Call, Fields, Member, Replaced } from '@sentinel-session/core'
import { endedMeanwhile, staleLogin, TOMBSTONE_MS } from '@sentinel-session/core/internal'
import { type Argument, question, type Reply, scriptCall } from './command.ts'
import { KINDS, LEFT } from './distant-index-script.ts'
import { headLength, type Listed, listedIn, type State, stateOf } from './distant-member.ts'
import type { JoinedEntry, Listed as ListedAs, Origin } from './journal.ts'
import type { Link } from './link.ts'
import { deadline, type Written, writeRecord } from './record-write.ts'
import { Writer } from './revisions.ts'
import { tombstone } from './stored-value.ts'
import { isDone, joinArguments, throwRefusal } from './user-index.ts'
import { JOIN } from './user-index-script.ts'

/** So many sessions are asked about, or ended, at once. */
const BATCH = 200

const REFUSED = 0

/** A write that makes a session one of the user's. */
export interface BoundWrite {
  verb: 'create' | 'replace'
  user: string
  key: string
  revision: string
  createdAt: Fields['createdAt']
  call: Call
}

/** What is to be remembered for a primary that has lost it. */
export interface Remembered {
  joined(user: string, key: string, createdAt: number, listed: ListedAs, origin: Origin): void
  ended(key: string, tombstone: string, origin: Origin): void
}

type Pair = readonly [kind: string, key: string]

export class DistantIndex {
  readonly #link: Pick<Link, 'send'>
  readonly #remembered: Remembered
  /** Not that of the records: a write that it makes fail must not take this one for itself. */
  readonly #writer = new Writer()

  constructor(link: Pick<Link, 'send'>, remembered: Remembered) {
    this.#link = link
    this.#remembered = remembered
  }

  /** Throws what the write is refused with; then nothing was stored. */
  async store(bound: BoundWrite, write: () => Promise<Written>): Promise<Written> {
    const { user, call } = bound
    const { outcome, generation, hasFormer, doomed, others, ...joining } = await this.#join(bound)
    if (outcome === JOIN.taken) return { ...joining, reply: REFUSED }
    if (doomed.length > 0) {
      await atOnce(doomed, call.budget, (each, budget) => this.expel(each, user, budget))
      this.tidy(user, pairsOf(KINDS.doomed, doomed))
    }
    const { from } = call.bind ?? {}
    if (from !== undefined && !hasFormer && !(await this.#isLive(from, user, call.budget))) {
      await this.#leave(bound)
      throw endedMeanwhile()
    }
    const written = await write()
    // Nobody waits for it, and who looks later sees the session itself.
    if (others.length > 0) void this.#clean(user, others)
    return written.reply === REFUSED ? this.#whyRefused(bound, generation, written) : written
  }

  /** Ends a session that is listed, or a write that would make it one of the user's. */
  async expel(key: string, user: string, budget?: Budget): Promise<Replaced> {
    const revision = this.#writer.next()
    const args = ['expel', revision, deadline(Date.now() + TOMBSTONE_MS), user]
    const { reply, origin } = await writeRecord(this.#link, [key], budget === undefined ? {} : { budget }, args)
    if (reply !== LEFT) this.#remembered.ended(key, tombstone('destroyed', revision), origin)
    return { outcome: reply === 1 ? 'ok' : 'gone' }
  }

  async membersOf(user: string): Promise<readonly Member[]> {
    const { reply } = await this.#link.send('read', question(['HGETALL', user]), undefined, { key: user })
    const looked = await this.#look(user, listedIn(reply as Reply[]))
    await this.forget(user, pairsIn(looked))
    return looked
      .filter(({ state }) => state === 'live')
      .map(({ listed: { flight: _, ...member }, expiresAt }) => ({ ...member, expiresAt }))
      .sort((a, b) => a.createdAt - b.createdAt)
  }

  /** Soon. */
  tidy(user: string, pairs: readonly Pair[]): void {
    void this.forget(user, pairs)
  }

  /** Takes out what is not the user's any more. Nobody needs it to be done: the list is right all the same. */
  async forget(user: string, pairs: readonly Pair[]): Promise<void> {
    if (pairs.length === 0) return
    const call = scriptCall([user, user], 'tidy', '', '', String(Date.now()), ...pairs.flat())
    await this.#link.send('write', question(call), undefined, { key: user }).catch(() => undefined)
  }

  async #join({ verb, user, key, revision, createdAt, call }: BoundWrite) {
    const about = joinArguments({ createdAt }, call)
    let answer: string[] = ['']
    for (;;) {
      const mode = verb === 'create' ? 'new' : 'known'
      const args = ['enlist', revision, '', key, mode, String(Date.now()), ...about, ...answer]
      const sending = { parts: [scriptCall([user, user], ...args)], durability: 'expected' as const, isDone }
      const sent = await this.#link.send('write', sending, call.budget, { key: user })
      const [outcome, ...rest] = sent.reply as Reply[]
      if (outcome === JOIN.doomed) await this.#finish(user, call.bind?.from ?? key, call.budget)
      throwRefusal(outcome, call.bind)
      if (outcome === JOIN.ask) {
        const others = listedIn(rest).filter(each => each.key !== key && each.key !== call.bind?.from)
        const looked = await this.#look(user, others, call.budget)
        answer = ['1', ...pairsIn(looked).flat()]
        continue
      }
      const [generation, hasFormer, doomed = [], others = []] = rest as [Reply, Reply, Reply[], Reply[]]
      if (outcome === JOIN.joined) {
        const { bind: { label } = {}, until } = call
        const listed = {
          ...(until === undefined ? {} : { until }),
          ...(label === undefined ? {} : { bind: { label } }),
        }
        this.#remembered.joined(user, key, createdAt, listed, sent.origin)
      }
      return {
        ...sent,
        outcome,
        generation: Number(generation),
        hasFormer: hasFormer === 1,
        doomed: doomed.map(String),
        others: listedIn(others),
      }
    }
  }

  /** Whoever was about to end it may be dead, and it must not be left like that. */
  async #finish(user: string, key: string, budget: Budget | undefined): Promise<void> {
    await this.expel(key, user, budget)
    this.tidy(user, [[KINDS.doomed, key]])
  }

  /** It had joined, so another may have ended it before it arrived: with all, or for the limit. */
  async #whyRefused(bound: BoundWrite, generation: number, written: Written): Promise<Written> {
    const { verb, user, call } = bound
    const { since, from } = call.bind ?? {}
    if (verb === 'replace') {
      if (since !== undefined && (await this.#generationOf(user, call.budget)) !== since) throw staleLogin()
      return written
    }
    const left = await this.#leave(bound)
    if (!left.wasEnded) return written
    // It was ended as the oldest, by a later login: the visitor sees what they would see if that had come a moment later.
    if (left.generation === generation) return { ...written, reply: JOIN.joined, isOver: true }
    if (since !== undefined) throw staleLogin()
    if (from !== undefined) throw endedMeanwhile()
    return written
  }

  async #leave({ user, key, revision, call }: BoundWrite): Promise<{ wasEnded: boolean; generation: number }> {
    const sending = question(scriptCall([user, user], 'leave', revision, '', key))
    const { reply } = await this.#link.send('write', sending, call.budget, { key: user })
    const [wasEnded, generation] = reply as Reply[]
    return { wasEnded: wasEnded === 1, generation: Number(generation) }
  }

  async #generationOf(user: string, budget: Budget | undefined): Promise<number> {
    const { reply } = await this.#link.send('read', question(['HGET', user, 'g']), budget, { key: user })
    return Number(reply ?? 0)
  }

  async #isLive(key: string, user: string, budget: Budget | undefined): Promise<boolean> {
    const [looked] = await this.#look(user, [{ key, createdAt: 0, flight: 0 }], budget)
    return looked!.state === 'live'
  }

  async #clean(user: string, others: readonly Listed[]): Promise<void> {
    const looked = await this.#look(user, others).catch(() => [])
    await this.forget(user, pairsIn(looked))
  }

  #look(user: string, sessions: readonly Listed[], budget?: Budget): Promise<Looked[]> {
    const last = headLength(user) - 1
    return atOnce(sessions, budget, async (listed, left) => {
      const { key } = listed
      const parts = question(['GETRANGE', key, 0, last], ['PTTL', key])
      const [head, ttl] = (await this.#link.send('read', parts, left, { key })).replies
      const now = Date.now()
      return { listed, state: stateOf(listed, String(head), user, now), expiresAt: now + Math.max(ttl as number, 0) }
    })
  }
}

/** A session that the index has lost. */
export function relistCall({ user, session, createdAt, listed }: JoinedEntry): Argument[] {
  const about = joinArguments({ createdAt }, listed)
  return scriptCall([user, user], 'enlist', '', '', session, 'again', String(Date.now()), ...about)
}

interface Looked {
  listed: Listed
  state: State
  expiresAt: number
}

function pairsOf(kind: string, keys: readonly string[]): Pair[] {
  return keys.map(key => [kind, key])
}

/** Of those that the index should know about. */
function pairsIn(looked: readonly Looked[]): Pair[] {
  return looked.flatMap(({ listed: { key }, state }): Pair[] =>
    state === 'over' || state === 'missing' ? [[KINDS[state], key]] : [],
  )
}

/** Many at once wait for as long as the slowest of them. */
async function atOnce<X, Y>(
  items: readonly X[],
  budget: Budget | undefined,
  work: (item: X, budget: Budget | undefined) => Promise<Y>,
): Promise<Y[]> {
  const done: Y[] = []
  for (let at = 0; at < items.length; at += BATCH) {
    const since = performance.now()
    const some = items.slice(at, at + BATCH).map(item => work(item, budget && { ...budget }))
    try {
      done.push(...(await Promise.all(some)))
    } finally {
      if (budget !== undefined) budget.leftMs -= performance.now() - since
    }
  }
  return done
}

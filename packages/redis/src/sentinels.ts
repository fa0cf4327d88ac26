/** Asks the Sentinels where the primary is: all at once, so that a frozen one never delays the others. */
import { SessionError } from '@sentinel-session/core'
import { connect, drop, type Login, within } from './connection.ts'
import { connectionError, withoutPayload } from './redis-errors.ts'
import type { Address, Located } from './topology.ts'

/** One Sentinel may take this long to answer. */
const ANSWER_TIMEOUT_MS = 300

export interface SentinelOptions {
  sentinels: readonly Address[]
  masterName: string
  /** How Sentinels are spoken to, but for their address. */
  login: Login
  /** What the addresses that Sentinel tells are called from here. */
  natMap(address: Address): Address
}

type Answer = { address: Address | null; downAfterMs: number | undefined; epoch: number }

/**
 * The address that the highest configuration epoch names; at equal epochs, what most name. Rejects with
 * `ERR_BACKEND_SENTINELS` when none answers, `ERR_BACKEND_MASTER_NAME` when none knows the name, or what they refuse us for.
 */
export async function locatePrimary(options: SentinelOptions): Promise<Located> {
  const answers: Answer[] = []
  const errors: Error[] = []
  await new Promise<void>(resolve => {
    const all = options.sentinels.map(sentinel =>
      ask(sentinel, options).then(
        answer => {
          answers.push(answer)
          if (isAgreed(answers, options.sentinels.length)) resolve()
        },
        (error: Error) => errors.push(error),
      ),
    )
    void Promise.all(all).then(() => resolve())
  })
  const best = choose(answers)
  if (best !== undefined) return best
  if (answers.length > 0) {
    const message = `No Sentinel monitors a primary named "${options.masterName}". Check masterName.`
    throw new SessionError('ERR_BACKEND_MASTER_NAME', message, { field: 'masterName' })
  }
  for (const error of errors) {
    const refusal = connectionError(error, 'Sentinel')
    if (refusal !== undefined) throw refusal
  }
  const tried = options.sentinels.map(({ host, port }) => `${host}:${port}`).join(', ')
  const cause = errors[0] === undefined ? undefined : withoutPayload(errors[0])
  throw new SessionError('ERR_BACKEND_SENTINELS', `No Sentinel answers (tried ${tried}).`, { cause, retryAfter: 1 })
}

/** A majority of the Sentinels say the same: the others need not be waited for. */
function isAgreed(answers: readonly Answer[], sentinels: number): boolean {
  const [first] = answers
  const same = answers.filter(
    ({ address, epoch }) =>
      address !== null &&
      epoch === first?.epoch &&
      address.host === first.address?.host &&
      address.port === first.address.port,
  )
  return same.length === answers.length && same.length > sentinels / 2
}

function choose(answers: readonly Answer[]): Located | undefined {
  const known = answers.filter(answer => answer.address !== null)
  const newest = Math.max(...known.map(answer => answer.epoch))
  const votes = new Map<string, { answer: Answer; count: number }>()
  for (const answer of known) {
    if (answer.epoch < newest) continue
    const name = `${answer.address!.host}:${answer.address!.port}`
    const vote = votes.get(name) ?? { answer, count: 0 }
    vote.count += 1
    votes.set(name, vote)
  }
  const [winner] = [...votes.values()].sort((a, b) => b.count - a.count)
  if (winner === undefined) return undefined
  const { address, downAfterMs } = winner.answer
  return downAfterMs === undefined ? { address: address! } : { address: address!, downAfterMs }
}

async function ask(sentinel: Address, { masterName, login, natMap }: SentinelOptions): Promise<Answer> {
  const redis = await connect(sentinel, login, ANSWER_TIMEOUT_MS)
  try {
    const [address, facts] = await within(
      ANSWER_TIMEOUT_MS,
      Promise.all([
        redis.call('SENTINEL', 'get-master-addr-by-name', masterName) as Promise<[string, string] | null>,
        redis.call('SENTINEL', 'master', masterName).catch(unknownName) as Promise<string[]>,
      ]),
    )
    if (address === null) return { address: null, downAfterMs: undefined, epoch: -1 }
    const fact = (name: string): number => Number(facts[facts.indexOf(name) + 1])
    return {
      address: natMap({ host: address[0], port: Number(address[1]) }),
      downAfterMs: fact('down-after-milliseconds'),
      epoch: fact('config-epoch'),
    }
  } finally {
    drop(redis)
  }
}

function unknownName(error: Error): string[] {
  if (error.message.startsWith('ERR No such master')) return []
  throw error
}

/** Ends again, on a primary that may not know of it, what was ended in the last minute: of shared records nothing else is written again. */
import { TOMBSTONE_MS } from '@sentinel-session/core/internal'
import { question, sharedCall } from './command.ts'
import type { EndedEntry, Journal } from './journal.ts'
import { deadline } from './record-write.ts'
import { Redirection } from './redirection.ts'
import type { NewPrimary } from './restore.ts'
import { besideKey } from './shared-script.ts'

const BATCH = 200

export async function rebury(journal: Journal, { runId, dataSets, owns, origin, send }: NewPrimary): Promise<void> {
  const entries = journal
    .doubtful(runId, dataSets)
    .filter(isEnded)
    .filter(({ key }) => owns?.(key) ?? true)
  for (let at = 0; at < entries.length; at += BATCH) {
    const some = entries.slice(at, at + BATCH)
    const outcomes = await send(some.map(entry => question(buryCall(entry))))
    for (const [i, outcome] of outcomes.entries()) {
      if (!(outcome instanceof Error)) some[i]!.origin = origin
      // Its slot is on its way to another shard: there it is ended again.
      else if (Redirection.in(outcome.message) === undefined) throw outcome
    }
  }
}

function buryCall({ key, tombstone, at }: EndedEntry) {
  const until = Date.now() + TOMBSTONE_MS - (performance.now() - at)
  return sharedCall([key, besideKey(key)], 'bury', tombstone, deadline(until))
}

function isEnded(entry: { kind: string }): entry is EndedEntry {
  return entry.kind === 'ended'
}

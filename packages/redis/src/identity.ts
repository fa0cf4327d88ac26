/** Who a node is: its process, and the data that it serves. Both change when data may have been lost. */
import { question, type Sending } from './command.ts'
import type { Outcome } from './lane.ts'
import { connectionError, unavailable } from './redis-errors.ts'

export interface Identity {
  /** Of the process. */
  runId: string
  /** Of the data set that it serves, and of the one that it was copied from. */
  dataSets: readonly string[]
}

export async function identify(send: (batch: readonly Sending[]) => Promise<Outcome[]>): Promise<Identity> {
  const facts = new Map<string, string>()
  for (const outcome of await send([question(['INFO', 'server']), question(['INFO', 'replication'])])) {
    if (outcome instanceof Error) {
      throw connectionError(outcome) ?? unavailable('The primary does not say who it is', outcome)
    }
    for (const [name, value] of factsOf(String(outcome[0]))) facts.set(name, value)
  }
  const fact = (name: string): string => facts.get(name) ?? ''
  return { runId: fact('run_id'), dataSets: [fact('master_replid'), fact('master_replid2')] }
}

/** The lines of INFO. */
export function factsOf(info: string): [name: string, value: string][] {
  return info.split('\r\n').flatMap(line => {
    const at = line.indexOf(':')
    return at === -1 ? [] : [[line.slice(0, at), line.slice(at + 1)]]
  })
}

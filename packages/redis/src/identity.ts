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

/** Nor is a node of use that does not let this user write: asked for here, it is said at the start. */
const PERMISSIONS = [question(['WAIT', 0, 0]), question(['EVAL', 'return 1', 0]), question(['TIME'])]

/** Rejects with `ERR_BACKEND_PERMISSION`, naming the command, when the ACL user lacks one. */
export async function identify(send: (batch: readonly Sending[]) => Promise<Outcome[]>): Promise<Identity> {
  const questions = [question(['INFO', 'server']), question(['INFO', 'replication']), ...PERMISSIONS]
  const facts = new Map<string, string>()
  for (const outcome of await send(questions)) {
    if (outcome instanceof Error) {
      throw connectionError(outcome) ?? unavailable('The primary does not say who it is', outcome)
    }
    for (const [name, value] of factsOf(String(outcome[0]))) facts.set(name, value)
  }
  const fact = (name: string): string => facts.get(name) ?? ''
  return { runId: fact('run_id'), dataSets: [fact('master_replid'), fact('master_replid2')] }
}

/** The lines of INFO. */
function factsOf(info: string): [name: string, value: string][] {
  return info.split('\r\n').flatMap(line => {
    const at = line.indexOf(':')
    return at === -1 ? [] : [[line.slice(0, at), line.slice(at + 1)]]
  })
}

/** A node that says that the key is elsewhere: MOVED for good, ASK for this command only, while a slot moves. Nothing was executed. */
import { SessionError } from '@sentinel-session/core'
import type { NodeName } from './topology.ts'

const FORM = /^(MOVED|ASK) \d+ (\S*)/

/** Where a cluster was not asked for, it reaches the user. */
export class Redirection extends SessionError {
  readonly isForNow: boolean
  /** As the node says it; the host may be missing. */
  readonly target: NodeName
  /** An attempt before the one that was redirected may have been executed. */
  uncertain = false

  private constructor(isForNow: boolean, target: NodeName) {
    const message = 'The server is a node of a Redis Cluster. Name its nodes in the option cluster.'
    super('ERR_CONFIG_CONNECTION', message, { field: 'cluster' })
    this.isForNow = isForNow
    this.target = target
  }

  /** Undefined: the error says something else. */
  static in(message: string): Redirection | undefined {
    const [, word, target] = FORM.exec(message) ?? []
    return target === undefined ? undefined : new Redirection(word === 'ASK', target)
  }
}

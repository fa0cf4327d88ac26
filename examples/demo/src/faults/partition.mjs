/**
 * The primary on the wrong side of a split: neither replicas nor Sentinels reach it, the app still does. No packet is dropped. The node
 * refuses whatever they ask, which it can tell apart because the app logs in as a user of its own.
 */
import { setTimeout as sleep } from 'node:timers/promises'

const CUT_OFF_MS = 12_000
/** To undo it, and to show on the page what is stored; neither replicas nor Sentinels live on that. */
const NEEDED_HERE = ['-@all', '+acl', '+client', '+get', '+pttl']

export const partition = {
  label: 'Partition',
  async begin(trio, primary) {
    await trio.ask(primary, 'ACL', 'SETUSER', 'default', ...NEEDED_HERE)
    await trio.ask(primary, 'CLIENT', 'KILL', 'USER', 'default')
    return `Only the app reaches the primary :${primary.port}, for ${CUT_OFF_MS / 1000} s.`
  },
  async end(trio, primary) {
    await Promise.allSettled([sleep(CUT_OFF_MS), trio.waitForPrimaryChange(primary)])
    await trio.ask(primary, 'ACL', 'SETUSER', 'default', '+@all')
  },
}

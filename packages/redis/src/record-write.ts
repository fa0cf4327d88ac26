/** One call of the write script for a record: which replicas must have it before it is answered, and where it stands afterwards. */
import type { Call } from '@sentinel-session/core'
import { type Argument, type Sent, scriptCall } from './command.ts'
import type { Link } from './link.ts'
import type { Durability } from './quorum.ts'
import { isDone } from './user-index.ts'
import type { RecordVerb } from './write-script.ts'

/** What replicas must have before a verb is answered. A touch that is lost costs a fraction of the idle time, and no data. */
export const DURABILITY: Readonly<Record<RecordVerb, Durability>> = {
  create: 'configured',
  replace: 'configured',
  touch: 'none',
  retire: 'expected',
  destroy: 'expected',
  expel: 'expected',
  restore: 'none',
  bury: 'none',
}

export interface Written extends Sent {
  /** It was ended before it arrived: as if it had been there for a moment. */
  isOver?: true
}

/** `keys`: the record, and the index of its user where that has to change. */
export function writeRecord(
  link: Pick<Link, 'send'>,
  keys: readonly string[],
  { budget, after }: Call,
  args: readonly Argument[],
  durability: Durability = DURABILITY[args[0] as RecordVerb],
): Promise<Sent> {
  // A logout that finds nothing to end leaves a tombstone all the same, or waits for the one of another process.
  const isAlwaysDone = args[0] === 'destroy' || args[0] === 'expel'
  const sending = { parts: [scriptCall(keys, ...args)], durability, isDone: isAlwaysDone ? always : isDone }
  return link.send('write', sending, budget, { key: keys[0]!, after })
}

function always(): boolean {
  return true
}

/** Redis takes whole milliseconds. */
export function deadline(expiresAt: number): string {
  return Math.ceil(expiresAt).toFixed(0)
}

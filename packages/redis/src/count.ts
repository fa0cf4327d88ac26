/** All live sessions of a primary, looked for in small steps between which it serves others. */
import { asking, withoutAsking } from './asking.ts'
import { question, type Reply } from './command.ts'
import type { Store } from './link.ts'
import { Redirection } from './redirection.ts'

/** Slots of Redis' table that one step looks at: less than a millisecond of its time. */
const STEP = 200

const RECORD = '{"v":1,"w":"'

/**
 * Counts what begins with the prefix. What lives all the while is counted; what begins or ends meanwhile may be or not; a session is
 * counted twice only when Redis makes its table smaller just then, or, on a cluster, when its slot moves just then. Another primary is counted from the start.
 */
export async function countLive(store: Store, prefix = ''): Promise<number> {
  return count(store, prefix, liveOf)
}

export async function* scanLive(store: Store, prefix = ''): AsyncGenerator<string> {
  for await (const keys of steps(store, prefix, liveOf)) yield* keys
}

/** As `countLive`, where the key tells what is a session. */
export async function countKeys(store: Store, prefix: string, isSession: (key: string) => boolean): Promise<number> {
  return count(store, prefix, async (_, keys) => keys.filter(isSession))
}

export async function* scanKeys(
  store: Store,
  prefix: string,
  isSession: (key: string) => boolean,
): AsyncGenerator<string> {
  for await (const keys of steps(store, prefix, async (_, found) => found.filter(isSession))) yield* keys
}

/** Which of these keys are live sessions. */
type Sorting = (store: Store, keys: readonly string[]) => Promise<string[]>

async function count(store: Store, prefix: string, liveAmong: Sorting): Promise<number> {
  for (;;) {
    let sum = 0
    const primary = store.name
    for await (const keys of steps(store, prefix, liveAmong)) sum += keys.length
    if (primary === null || store.name === primary) return sum
  }
}

async function* steps(store: Store, prefix: string, liveAmong: Sorting): AsyncGenerator<string[]> {
  const pattern = `${prefix.replace(/[*?[\]\\]/g, '\\$&')}*`
  let cursor = '0'
  do {
    const scan = question(['SCAN', cursor, 'MATCH', pattern, 'COUNT', STEP, 'TYPE', 'string'])
    const [next, found] = (await store.send('read', scan, undefined)).reply as [Buffer, Reply[]]
    cursor = String(next)
    if (found.length > 0) yield await liveAmong(store, found.map(String))
  } while (cursor !== '0')
}

/** A tombstone, or a string of somebody else, does not begin as a record. */
async function liveOf(store: Store, keys: readonly string[]): Promise<string[]> {
  const heads = question(...keys.map(key => ['GETRANGE', key, 0, RECORD.length - 1]))
  try {
    const { replies } = await store.send('read', heads, undefined)
    return keys.filter((_, i) => String(replies[i]) === RECORD)
  } catch (error) {
    if (!(error instanceof Redirection)) throw error
    const live = await Promise.all(keys.map(key => isLiveWhileItMoves(store, key)))
    return keys.filter((_, i) => live[i])
  }
}

/** Of a cluster, a slot of which is on its way: a key is counted where it is, and that is here or there. */
async function isLiveWhileItMoves(store: Store, key: string): Promise<boolean> {
  try {
    const { replies } = await store.send('read', asking(question(['GETRANGE', key, 0, RECORD.length - 1])), undefined)
    return String(withoutAsking(replies)[0]) === RECORD
  } catch (error) {
    if (error instanceof Redirection) return false
    throw error
  }
}

/** All live sessions of a primary, looked for in small steps between which it serves others. */
import { question, type Reply } from './command.ts'
import type { Primary } from './primary.ts'

type Link = Pick<Primary, 'send' | 'name'>

/** Slots of Redis' table that one step looks at: less than a millisecond of its time. */
const STEP = 200

const RECORD = '{"v":1,"w":"'

/**
 * Counts what begins with the prefix. What lives all the while is counted; what begins or ends meanwhile may be or not; a session is
 * counted twice only when Redis makes its table smaller just then. Another primary is counted from the start.
 */
export async function countLive(link: Link, prefix = ''): Promise<number> {
  for (;;) {
    let count = 0
    const primary = link.name
    for await (const keys of steps(link, prefix)) count += keys.length
    if (primary === null || link.name === primary) return count
  }
}

export async function* scanLive(link: Link, prefix = ''): AsyncGenerator<string> {
  for await (const keys of steps(link, prefix)) yield* keys
}

async function* steps(link: Link, prefix: string): AsyncGenerator<string[]> {
  const pattern = `${prefix.replace(/[*?[\]\\]/g, '\\$&')}*`
  let cursor = '0'
  do {
    const scan = question(['SCAN', cursor, 'MATCH', pattern, 'COUNT', STEP, 'TYPE', 'string'])
    const [next, found] = (await link.send('read', scan, undefined)).replies[0] as [Buffer, Reply[]]
    cursor = String(next)
    if (found.length > 0) yield await liveOf(link, found.map(String))
  } while (cursor !== '0')
}

/** A tombstone, or a string of somebody else, does not begin as a record. */
async function liveOf(link: Link, keys: readonly string[]): Promise<string[]> {
  const heads = question(...keys.map(key => ['GETRANGE', key, 0, RECORD.length - 1]))
  const { replies } = await link.send('read', heads, undefined)
  return keys.filter((_, i) => String(replies[i]) === RECORD)
}

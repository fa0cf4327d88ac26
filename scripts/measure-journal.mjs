/**
 * A process of its own: `node measure-journal.mjs <the journal as one module>` prints by how many MB the old space of the heap grows while 200
 * sessions are written again and again, after 30,000 have logged in.
 */
import { pathToFileURL } from 'node:url'
import { getHeapSpaceStatistics } from 'node:v8'

const { Journal, PlainRecord } = await import(pathToFileURL(process.argv[2]).href)

const LOGINS = 30_000
const VISITORS = 200
const ROUNDS = 100
const WRITES = 2_000
/** Nothing is evicted. */
const MAX_BYTES = 2 ** 26

const origin = { dataSet: 'data', holders: new Set(['a', 'b']) }
const createdAt = 1.7e12
const fields = n => ({ createdAt, expiresAt: createdAt + n, body: `{"text":"${'x'.repeat(400)}${n}"}` })
const recordOf = n => new PlainRecord(fields(n), 'abcdefgh00000010')
const journal = new Journal(MAX_BYTES)
const write = (name, n) => journal.written(`sess:${name.padStart(43, '-')}`, null, recordOf(n), undefined, origin)
const oldSpace = () => getHeapSpaceStatistics().find(space => space.space_name === 'old_space').space_used_size

for (let n = 0; n < LOGINS; n += 1) write(`login ${n}`, n)
let grown = 0
let before = oldSpace()
for (let round = 0; round < ROUNDS; round += 1) {
  for (let n = 0; n < WRITES; n += 1) write(`visitor ${n % VISITORS}`, n)
  const now = oldSpace()
  // What a collection takes away meanwhile does not count.
  grown += Math.max(0, now - before)
  before = now
}
console.log(grown / 2 ** 20)

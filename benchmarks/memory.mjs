/**
 * What a session takes: in Redis, next to what the peers store for the same values, and in the process. Prints Markdown tables, and writes
 * them and a picture into results/. Needs `node --expose-gc`.
 */
import { parseArgs } from 'node:util'
import { startSentinel } from '@sentinel-session/testing/sentinel'
import { Redis } from 'ioredis'
import { conditions } from './conditions.mjs'
import { processMemory } from './memory/process-memory.mjs'
import { storedSessions } from './memory/stored-sessions.mjs'
import { RESULTS, writeResults } from './results.mjs'

const { values: options } = parseArgs({
  options: { 'no-rest': { type: 'boolean', default: false }, results: { type: 'string', default: RESULTS } },
})
if (globalThis.gc === undefined) throw new Error('Start it with node --expose-gc.')

// Without replicas: what Redis keeps for them is no session.
const trio = await startSentinel({ replicas: 0, sentinels: 1, downAfterMs: 30_000 })
const { port, host } = await trio.currentPrimary()
const client = new Redis(port, host)
const deployment = { sentinels: trio.sentinels, masterName: trio.masterName }
const about = conditions()
try {
  const bench = { client, deployment, rests: !options['no-rest'], log: console.error }
  const inProcess = await processMemory(bench)
  const inRedis = await storedSessions(bench)
  const text = [inRedis, inProcess].map(part => `**${part.title}**\n\n${part.text}`).join('\n\n')
  console.log(`\n${text}`)
  writeResults(options.results, 'memory', { title: 'Memory', conditions: about(), text, picture: inRedis.picture })
} finally {
  client.disconnect()
  await trio.stop()
}

/** A request stays cheap for the heap: what core allocates for one, counted in a process of its own, which `measure-core.mjs` is. */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundle, CORE } from './bundle.mjs'

/**
 * What a request costs core over the memory backend, as measured with Node 20: bytes of the heap, and promises with those that an await
 * makes. It stands here only. A change that makes a request cheaper lowers it; raise it with a reason in the commit.
 */
const COSTS = {
  anonymous: { bytes: 1_780, promises: 2 },
  'read of 500 B': { bytes: 5_200, promises: 8 },
  '20 KB that nobody looks at': { bytes: 33_420, promises: 8 },
  'write of 500 B': { bytes: 14_100, promises: 16 },
  'login with 500 B': { bytes: 21_750, promises: 30 },
}

/** Of the bytes; promises have none. One run differs from the next by 1 %, Node 24 takes up to 11 % more. */
const HEADROOM = 1.15

/** The young space takes a whole round, and the compiler works where its turn can be foreseen. */
const FLAGS = ['--expose-gc', '--min-semi-space-size=256', '--max-semi-space-size=256', '--single-threaded']
const MEASURE = fileURLToPath(new URL('measure-core.mjs', import.meta.url))

let folder
let costs
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'core-allocations-'))
  costs = await measured('core', CORE)
  console.log('core, for one request:', costs)
}, 60_000)
afterAll(() => rmSync(folder, { recursive: true }))

async function measured(name, entry) {
  const file = join(folder, `${name}.mjs`)
  writeFileSync(file, (await bundle(entry)).code)
  const env = { ...process.env, NODE_OPTIONS: '' }
  const { stdout } = await promisify(execFile)(process.execPath, [...FLAGS, MEASURE, file], { env })
  return JSON.parse(stdout)
}

/** What is above its budget, as sentences. */
function excess(measured, budgets) {
  return Object.entries(measured).flatMap(([kind, { bytes, promises }]) => {
    const most = { bytes: Math.floor(budgets[kind].bytes * HEADROOM), promises: budgets[kind].promises }
    return [
      ...(bytes > most.bytes ? [`${kind}: ${bytes} bytes, at most ${most.bytes}`] : []),
      ...(promises > most.promises ? [`${kind}: ${promises} promises, at most ${most.promises}`] : []),
    ]
  })
}

describe('a request', () => {
  it('stays within the budget of its kind', () => {
    expect(Object.keys(costs)).toEqual(Object.keys(COSTS))
    expect(excess(costs, COSTS)).toEqual([])
  })
})

describe('what this test would find', () => {
  it('an await more, and a copy of the values that nobody asked for', async () => {
    const entry = join(folder, 'entry.ts')
    writeFileSync(
      entry,
      `
      import { createSessionManager as create } from '@sentinel-session/core'
      export * from '@sentinel-session/core'
      export function createSessionManager(options) {
        const manager = create(options)
        return { open: async facts => {
          const opened = await manager.open(facts)
          JSON.parse(JSON.stringify(opened.session.data))
          return opened
        } }
      }`,
    )
    const found = excess(await measured('wasteful', entry), costs).map(each => each.replace(/\d+ (\w+),.*/, '$1'))
    expect(found).toEqual(expect.arrayContaining(Object.keys(COSTS).map(kind => `${kind}: promises`)))
    expect(found).toEqual(expect.arrayContaining(['read of 500 B: bytes', '20 KB that nobody looks at: bytes']))
  })
})

/** What a write keeps in the journal until the next one dies young, also where many logins have stayed before (docs/decisions/026-what-v8-learns.md). */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { bundle, source } from './bundle.mjs'

/** 200,000 writes make some 200 MB. With object literals for classes 90 MB of them grow old with Node 20, and up to 25 MB with classes. */
const MOST_MB = 40

let folder
let file
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'journal-generations-'))
  const entry = join(folder, 'entry.mjs')
  const modules = { Journal: source('redis', 'journal.ts'), PlainRecord: source('core', 'stored-record.ts') }
  const exported = Object.entries(modules).map(([name, path]) => `export { ${name} } from ${JSON.stringify(path)}`)
  writeFileSync(entry, exported.join('\n'))
  file = join(folder, 'journal.mjs')
  writeFileSync(file, (await bundle(entry)).code)
})
afterAll(() => rmSync(folder, { recursive: true }))

it('records of writes do not grow old', async () => {
  const measure = fileURLToPath(new URL('measure-journal.mjs', import.meta.url))
  const env = { ...process.env, NODE_OPTIONS: '' }
  const { stdout } = await promisify(execFile)(process.execPath, [measure, file], { env })
  console.log(`The old space grows by ${Number(stdout).toFixed(0)} MB.`)
  expect(Number(stdout)).toBeLessThan(MOST_MB)
})

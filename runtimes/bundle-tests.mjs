/** The unit tests of core, and the contract of a backend on the memory backend, as one module that any runtime can load. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

const here = name => fileURLToPath(new URL(name, import.meta.url))
const CORE = here('../packages/core/src')
const TESTING = here('../packages/testing/src')

/** Files that run on Node alone, with the reason. */
export const LEFT_OUT = {
  'commit-queue.test.ts': "moves timers, which is vitest's own",
  'save-path/save-path-docs.test.ts': 'reads docs/save-path.md',
  'save-path/parse-save-path.test.ts': 'takes as long as half of the others, to be fast on hostile texts',
}

const ofVitest = createRequire(createRequire(import.meta.url).resolve('vitest/package.json'))
const ofExpect = createRequire(ofVitest.resolve('@vitest/expect'))

const ALIAS = {
  vitest: here('vitest.mjs'),
  '@vitest/expect': ofVitest.resolve('@vitest/expect'),
  '@vitest/spy': ofVitest.resolve('@vitest/spy'),
  chai: ofExpect.resolve('chai'),
  '@sentinel-session/testing': join(TESTING, 'index.ts'),
  '@sentinel-session/core/internal': join(CORE, 'internal.ts'),
  '@sentinel-session/core': join(CORE, 'index.ts'),
}

function testFiles() {
  const names = readdirSync(CORE, { recursive: true }).map(String)
  const ofCore = names.filter(name => name.endsWith('.test.ts') && !(name in LEFT_OUT)).sort()
  return [...ofCore.map(name => [name, join(CORE, name)]), ['memory.test.ts', join(TESTING, 'memory.test.ts')]]
}

/** Writes `tests.mjs` into the folder: `runAll()` resolves to what the tests of each file did. */
export async function bundleTests(folder) {
  const imports = testFiles().map(
    ([name, path]) => `  [${JSON.stringify(name)}, () => import(${JSON.stringify(path)})],`,
  )
  const entry = join(folder, 'entry.mjs')
  mkdirSync(folder, { recursive: true })
  writeFileSync(
    entry,
    `import fc from 'fast-check'
import { run } from 'vitest'
// The same on every runtime and every day: what differs is the runtime.
fc.configureGlobal({ seed: 1 })
const files = [
${imports.join('\n')}
]
export async function runAll() {
  const results = {}
  for (const [name, load] of files) {
    const failed = await load().then(
      () => [],
      error => [{ title: 'the file loads', error: String(error?.stack ?? error) }],
    )
    const outcome = await run()
    results[name] = { ...outcome, failed: [...failed, ...outcome.failed] }
  }
  return results
}
`,
  )
  const build = await rolldown({
    input: entry,
    platform: 'neutral',
    resolve: { alias: ALIAS, mainFields: ['module', 'main'], conditionNames: ['import', 'default'] },
    external: /^node:/,
    // What the stand-in for vitest lacks fails the file that uses it, not all of them.
    shimMissingExports: true,
    logLevel: 'silent',
  })
  try {
    await build.write({ file: join(folder, 'tests.mjs'), format: 'esm', codeSplitting: false })
  } finally {
    await build.close()
  }
}

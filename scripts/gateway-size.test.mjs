/** The client of a gateway runs where there is no Node, and brings little to what core brings already. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { brotliBytes, bundle, CORE } from './bundle.mjs'

/** What the client adds to core, minified, with brotli. */
const BUDGET_BYTES = 4_000

const NODE_ONLY = /\bnode:|\brequire\(|\bBuffer\b|\bprocess\.\w|\b__dirname\b|\bsetImmediate\b|\bimport\.meta\b|ioredis/
const source = file => fileURLToPath(new URL(`../packages/gateway/src/${file}`, import.meta.url))

let folder
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gateway-size-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const bundled = async text => {
  const file = join(folder, 'entry.ts')
  writeFileSync(file, text)
  return bundle(file, { minify: true })
}

describe.each(['client.ts', 'index.ts'])('%s of the gateway', file => {
  it('is one module for browsers and workers, without an import, without Node and without ioredis', async () => {
    const { code, imports } = await bundle(source(file), { minify: true })
    expect(imports).toEqual([])
    expect(code).not.toMatch(NODE_ONLY)
  })
})

describe('the client of the gateway', () => {
  it('adds little to core', async () => {
    const core = brotliBytes((await bundled(`export * from ${JSON.stringify(CORE)}`)).code)
    const both = await bundled(
      `export * from ${JSON.stringify(CORE)}; export * from ${JSON.stringify(source('client.ts'))}`,
    )
    const alone = brotliBytes((await bundle(source('client.ts'), { minify: true })).code)
    const added = brotliBytes(both.code) - core
    console.log(`gateway client: ${alone} bytes with brotli, ${added} beside core, of ${BUDGET_BYTES}`)
    expect(both.code).toContain('gatewayBackend')
    expect(added).toBeGreaterThan(500)
    expect(added).toBeLessThanOrEqual(BUDGET_BYTES)
  })

  it('depends on core alone', () => {
    const manifest = JSON.parse(readFileSync(new URL('../packages/gateway/package.json', import.meta.url), 'utf8'))
    expect(Object.keys(manifest.dependencies)).toEqual(['@sentinel-session/core'])
    expect(manifest.peerDependencies).toBeUndefined()
  })
})

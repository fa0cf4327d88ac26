/** Adapters stay thin, and their edge entries never reach Node. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { brotliBytes, bundle } from './bundle.mjs'

const source = path => fileURLToPath(new URL(`../packages/${path}`, import.meta.url))
const NODE_ONLY = /\bnode:|\brequire\(|\bBuffer\b|\bprocess\.\w|\b__dirname\b|\bsetImmediate\b/

/** Frameworks, and what may hold no rule of ours. */
const ADAPTERS = ['koa', 'hono', 'express', 'fastify', 'fetch'].filter(name => existsSync(source(`${name}/src`)))
const OWN = name => readdirSync(source(`${name}/src`)).filter(file => /^[^.]+\.ts$/.test(file))

function linesOf(name) {
  const code = OWN(name).map(file => readFileSync(source(`${name}/src/${file}`), 'utf8'))
  return code
    .join('\n')
    .split('\n')
    .filter(line => line.trim() !== '' && !/^\s*(?:\/?\*|\/\/)/.test(line)).length
}

describe('the edge entry', () => {
  it.each(['hono', 'fetch'])('of %s needs core alone', async name => {
    const { code, imports } = await bundle(source(`${name}/src/edge.ts`), { minify: true })
    expect(imports).toEqual([])
    expect(code).not.toMatch(NODE_ONLY)
    expect(code).toContain('__Host-')
  })
})

describe('adapters', () => {
  it('are thin', async () => {
    for (const name of ADAPTERS) {
      const { code } = await bundle(source(`${name}/src/index.ts`), { minify: true, isExternal: /^@sentinel-session/ })
      const [lines, bytes] = [linesOf(name), brotliBytes(code)]
      console.log(`${name}: ${lines} lines of code, ${bytes} bytes with brotli, without core and redis`)
      expect(bytes, name).toBeLessThan(name === 'express' ? 4_000 : 1_000)
    }
  })
})

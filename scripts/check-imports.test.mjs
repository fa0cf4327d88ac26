import { appendFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { checkImports } from './check-imports.mjs'

const packages = fileURLToPath(new URL('../packages', import.meta.url))
const LEFT_OUT = new Set(['node_modules', 'dist', '.turbo'])

let root

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'check-imports-'))
  const isSource = path => !path.split(sep).some(part => LEFT_OUT.has(part))
  cpSync(packages, join(root, 'packages'), { recursive: true, filter: path => isSource(path.slice(packages.length)) })
})

afterEach(() => rmSync(root, { recursive: true }))

test('the packages of this repository obey', () => {
  expect(checkImports(root)).toEqual([])
})

test.each([
  ['core/src/new.ts', `import { readFileSync } from 'node:fs'`, 'is not allowed in core'],
  ['core/src/new.ts', `export const fs = process.getBuiltinModule('node:fs')`, 'is not allowed in core'],
  ['core/src/new.ts', `export type Stats = import('node:fs').Stats`, 'is not allowed in core'],
  ['core/src/new.ts', `import './index.ts'`, 'imports the index of its own package'],
  ['redis/src/new.ts', `await import('koa')`, 'is not allowed in redis'],
  ['koa/src/new.ts', `import { type Context } from 'koa'`, 'is not allowed in koa'],
  ['koa/src/new.ts', `export * from '@sentinel-session/redis'`, 'is not allowed in koa'],
  ['express/src/new.ts', `import { createServer } from 'node:http'`, 'is not allowed in express'],
  ['express/src/new.ts', `import type { Request } from 'express'`, 'is not allowed in express'],
  ['hono/src/edge.ts', `export * from '@sentinel-session/redis/internal'`, 'is not allowed in hono'],
  ['fetch/src/new.ts', `import { serve } from '@hono/node-server'`, 'is not allowed in fetch'],
  ['fastify/src/new.ts', `import Fastify from 'fastify'`, 'is not allowed in fastify'],
  ['testing/src/new.ts', `import { test } from 'vitest'`, 'is not allowed in testing'],
  ['testing/src/new.ts', `import { spawn } from 'node:child_process'`, 'is not allowed in testing'],
  ['redis/src/new.test.ts', `import '../../core/src/clock.ts'`, 'reaches into the sources of another package'],
])('%s may not say: %s', (file, text, why) => {
  writeFileSync(join(root, 'packages', file), text)
  const [specifier] = text.match(/'[^']+'/)
  expect(checkImports(root)).toEqual([`packages/${file}:1: ${specifier} ${why}`])
})

test('an example may not reach into the sources of a package', () => {
  mkdirSync(join(root, 'examples/new'), { recursive: true })
  writeFileSync(join(root, 'examples/new/package.json'), '{}')
  writeFileSync(join(root, 'examples/new/main.mjs'), `import '../../packages/core/src/clock.ts'`)
  expect(checkImports(root)).toEqual([
    `examples/new/main.mjs:1: '../../packages/core/src/clock.ts' reaches into the sources of another package`,
  ])
})

test('a cycle at run time is found, one of types alone is not', () => {
  const file = name => join(root, 'packages/core/src', name)
  writeFileSync(file('new-a.ts'), `import './new-b.ts'`)
  writeFileSync(file('new-b.ts'), `import type { A } from './new-a.ts'`)
  expect(checkImports(root)).toEqual([])
  appendFileSync(file('new-b.ts'), `\nimport './new-a.ts'`)
  expect(checkImports(root)).toEqual(['packages/core: import cycle src/new-a.ts -> src/new-b.ts -> src/new-a.ts'])
})

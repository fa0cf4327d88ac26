/** Go reads what we write: the same values, of the same types, and it can write the session again. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type GoValue, gobCodec, goInt8, goUint64, goValue } from '@sentinel-session/beego'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readSession } from '../../src/gob/read-session.ts'
import { writeSession } from '../../src/gob/write-session.ts'
import { any, key, session } from '../support/arbitraries.ts'
import { differenceOf } from '../support/nodes.ts'
import { type Node, vectors } from '../support/vectors.ts'

const codec = gobCodec({ dates: true })
const at = { key: 'k', header: '' }
const encode = (data: object, replaces?: Uint8Array) =>
  codec.encode(data as Record<string, unknown>, { ...at, replaces }) as Uint8Array

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gob-'))
  const cwd = fileURLToPath(new URL('.', import.meta.url))
  execFileSync(process.env.GO_BIN!, ['build', '-o', join(folder, 'read'), '.'], { cwd, stdio: 'inherit' })
}, 120_000)
afterAll(() => rmSync(folder, { recursive: true }))

/** What Go makes of each. */
function readByGo(sessions: readonly Uint8Array[]): (Node & { error?: string })[] {
  const input = sessions.map(bytes => `${Buffer.from(bytes).toString('base64')}\n`).join('')
  const output = execFileSync(join(folder, 'read'), { input, maxBuffer: 2 ** 28 }).toString()
  const nodes = output
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as Node & { error?: string })
  expect(nodes.length).toBe(sessions.length)
  return nodes
}

/** Go sees what we see. */
function expectSame(sessions: readonly Uint8Array[]): void {
  for (const [i, node] of readByGo(sessions).entries()) {
    expect(node.error).toBeUndefined()
    expect(differenceOf(readSession(sessions[i]!), withGobNames(node))).toBeUndefined()
  }
}

/** The types of the application are registered by other names than those of the program that reads. */
function withGobNames(node: Node): Node {
  const names: Record<string, string> = {
    'main.User': 'example.com/sentinelcheck/app/models.User',
    'main.Cents': 'example.com/sentinelcheck/app/models.Cents',
  }
  return JSON.parse(JSON.stringify(node), (_, value: Node) =>
    names[value?.t] === undefined ? value : { ...value, gob: names[value.t] },
  ) as Node
}

/** Maps have no order in Go. */
function inOrder(node: unknown): unknown {
  if (typeof node !== 'object' || node === null) return node
  if (Array.isArray(node)) return node.map(inOrder)
  const members = Object.entries(node).map(([name, value]): [string, unknown] => [name, inOrder(value)])
  const ordered = Object.fromEntries(members) as { entries?: unknown[] }
  ordered.entries?.sort((left, right) => (JSON.stringify(left) < JSON.stringify(right) ? -1 : 1))
  return ordered
}

describe('Go reads', () => {
  it('what Beego stored and we wrote again as the same values and types', () => {
    const again = readByGo(vectors.map(({ bytes }) => writeSession(readSession(bytes)))).map(inOrder)
    expect(again).toEqual(readByGo(vectors.map(({ bytes }) => bytes)).map(inOrder))
    expectSame(vectors.map(({ bytes }) => writeSession(readSession(bytes))))
  })

  it('what Beego stored with a value of ours beside it', () => {
    const more = { 'added by us': { list: [1, 'a', null], of: new Map([[1, true]]) } }
    expectSame(vectors.map(({ bytes }) => encode({ ...codec.decode(bytes, at), ...more }, bytes)))
  })

  it('what a handler changed in place of what Beego stored', () => {
    const changed = vectors.map(({ bytes }) => {
      const data = codec.decode(bytes, at) as Record<string, unknown>
      for (const [name, value] of Object.entries(data)) data[name] = otherThan(value)
      return encode(data, bytes)
    })
    expectSame(changed)
  })

  it('any session of registered types', () => {
    const forced = (entries: Record<string, { type: string; value: unknown }>): Record<string, GoValue> =>
      Object.fromEntries(Object.entries(entries).map(([name, { type, value }]) => [name, goValue(type, value)]))
    expectSame(fc.sample(session, { numRuns: 1000, seed: 1 }).map(entries => encode(forced(entries))))
  })

  it('any values without a type', () => {
    expectSame(fc.sample(fc.dictionary(key, any), { numRuns: 1000, seed: 1 }).map(values => encode(values)))
  })

  it('keys of other types, and nothing at all', () => {
    expectSame([
      encode({}),
      encode({ 'int(5)': 1, 'bool(true)': goInt8(2), 'uint64(18446744073709551615)': goUint64(3) }),
    ])
  })
})

describe('what this test would find', () => {
  it('is a type that is not registered', () => {
    const bytes = Buffer.from(encode({ k: goValue('map[string]string', { a: 'b' }) }))
    bytes.write('map[string]strinx', bytes.indexOf('map[string]string'))
    expect(readByGo([bytes])[0]!.error).toMatch(/not registered/)
  })
})

/** Another value of the same type. */
function otherThan(value: unknown): unknown {
  if (typeof value === 'number') return Number.isInteger(value) ? 7 : value / 2
  if (typeof value === 'bigint') return 1
  if (typeof value === 'string') return `${value} and more`
  if (value instanceof Date) return new Date(1_800_000_000_001)
  if (value instanceof Uint8Array) return new Uint8Array([1])
  if (value instanceof Map) return new Map([...value].map(([each, inner]) => [each, otherThan(inner)]))
  if (Array.isArray(value)) return [...value.map(otherThan), ...value]
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, otherThan(inner)]))
}

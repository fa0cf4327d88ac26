/** Whatever a handler puts into a session comes out again, or `set` throws on that line: nothing is lost without a word. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compressed } from './compressed.ts'
import { deepEqual } from './deep-equal.ts'
import { encrypted } from './encrypted.ts'
import { isSessionError } from './errors.ts'
import { createSessionManager, type Manager, type OpenSession, type RequestFacts } from './index.ts'
import { memoryBackend } from './memory-backend.ts'
import { createProvider } from './provider.ts'
import { richJson } from './rich-json.ts'

const keys = ['k'.repeat(32)] as const
const codecs = [richJson(), encrypted(compressed(richJson(), { above: 50 }), { keys })]
const at = { key: 'sess:a', header: '' }

const anything = fc.anything({
  key: fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', 'toJSON', '$date', '$object', 'length')),
  maxDepth: 4,
  withBigInt: true,
  withBoxedValues: true,
  withDate: true,
  withMap: true,
  withNullPrototype: true,
  withObjectString: true,
  withSet: true,
  withSparseArray: true,
  withTypedArray: true,
  withUnicodeString: true,
})

const oddities = fc.constantFrom<unknown>(
  () => 1,
  Symbol('s'),
  new (class Point {
    x = 1
  })(),
  new Proxy({ a: 1 }, {}),
  new Proxy([], {}),
  Object.create({ inherited: 1 }),
  10n ** 19_999n,
  10n ** 20_000n,
  -(10n ** 20_000n),
  new Date(Number.NaN),
  Number.MIN_VALUE,
  -0,
  '\ud800',
  JSON.parse('{"__proto__":{"polluted":true}}'),
)

describe('a value', () => {
  it('comes out as it went in, or is refused when it is set', async () => {
    let kept = 0
    let refused = 0
    const value = fc.oneof({ weight: 9, arbitrary: anything }, oddities, fc.tuple(anything, oddities))
    await fc.assert(
      fc.asyncProperty(value, fc.constantFrom(...codecs), async (value, codec) => {
        try {
          codec.check!('cart', value)
        } catch (error) {
          refused += 1
          expect(isSessionError(error, 'ERR_SESSION_VALUE') && error.field).toBe('cart')
          await expect((async () => codec.encode({ cart: value }, at))()).rejects.toThrow()
          return
        }
        kept += 1
        const back = await codec.decode(await codec.encode({ cart: value }, at), at)
        expect(deepEqual(back.cart, value)).toBe(true)
        expect(({} as Record<string, unknown>).polluted).toBeUndefined()
      }),
      { numRuns: 3_000 },
    )
    expect([kept > 500, refused > 500]).toEqual([true, true])
  })
})

describe('a session', () => {
  const names = [
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    'hasOwnProperty',
    'get',
    'size',
    '',
    '$date',
    'then',
  ]
  const key = fc.oneof(fc.constantFrom(...names), fc.string({ unit: 'binary' })).filter(text => !text.startsWith('~'))
  const step = fc.record({
    verb: fc.constantFrom('set', 'delete', 'update', 'data', 'delete data', 'flush', 'request'),
    key,
    value: fc.oneof(fc.integer(), fc.string(), fc.constant({ admin: true })),
  })

  it('is a Map, whatever its keys are called and however they are written', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 20 }), async steps => {
        const visitor = new Visitor()
        const model = new Map<string, unknown>()
        await visitor.request()
        for (const { verb, key, value } of steps) {
          const { session } = visitor
          if (verb === 'request') await visitor.request()
          if (verb === 'set') session.set(key, value)
          if (verb === 'data') session.data[key] = value
          if (verb === 'update') session.update(key, () => value)
          if (verb === 'delete') session.delete(key)
          if (verb === 'delete data') delete session.data[key]
          if (verb === 'flush') session.flush()
          if (verb === 'set' || verb === 'data' || verb === 'update') model.set(key, value)
          if (verb === 'delete' || verb === 'delete data') model.delete(key)
          if (verb === 'flush') model.clear()
        }
        await visitor.request()
        const { session } = visitor
        expect([...session.keys()].sort()).toEqual([...model.keys()].sort())
        for (const name of [...model.keys(), ...names]) {
          expect([name, session.has(name), session.get(name)]).toEqual([name, model.has(name), model.get(name)])
          expect([name, name in session.data, session.data[name]]).toEqual([name, model.has(name), model.get(name)])
        }
        expect(({} as Record<string, unknown>).admin).toBeUndefined()
      }),
      { numRuns: 300 },
    )
  })
})

type Open = OpenSession<Record<string, unknown>>

/** One browser: each request goes on with what the one before stored. */
class Visitor {
  readonly #manager: Manager<Record<string, unknown>> = createSessionManager({
    provider: createProvider(memoryBackend()),
  })
  #open: Open | undefined
  #cookie: string | undefined

  get session(): Open['session'] {
    return this.#open!.session
  }

  /** Ends the request under way, and begins the next. */
  async request(): Promise<void> {
    const patch = await this.#open?.commit({ status: 200 })
    const [, line] = patch?.append.find(([header]) => header === 'Set-Cookie') ?? []
    if (line !== undefined) this.#cookie = line.split(';')[0]
    const header = (name: string): string | undefined => (name === 'cookie' ? this.#cookie : undefined)
    const facts: RequestFacts = { secure: true, host: 'example.com', url: '/', header }
    this.#open = await this.#manager.open(facts)
  }
}

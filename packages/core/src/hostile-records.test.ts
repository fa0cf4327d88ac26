/** Stored bytes that were changed, cut or made up, through all that reads them: layout, name of the codec, encryption, compression, values. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { StoredRecord } from './backend.ts'
import type { Codec } from './codec.ts'
import { compressed } from './compressed.ts'
import { deepEqual } from './deep-equal.ts'
import { encrypted } from './encrypted.ts'
import { isSessionError } from './errors.ts'
import { nativeLayout } from './layout.ts'
import { memoryBackend } from './memory-backend.ts'
import { richJson } from './rich-json.ts'
import { Storage } from './storage.ts'

const keys = ['k'.repeat(32)] as const
const small = { above: 10 }
const codecs: Record<string, Codec> = {
  plain: richJson(),
  compressed: compressed(richJson(), small),
  encrypted: encrypted(richJson(), { keys }),
  both: encrypted(compressed(richJson(), small), { keys }),
}
const utf8 = new TextEncoder()
const KEY = 'sess:a'
const header = { createdAt: 1_700_000_000_000, user: 'u' }

const data = fc.dictionary(
  fc.oneof(fc.string({ maxLength: 5 }), fc.constantFrom('constructor', 'canary', '$date')),
  fc.oneof(
    fc.jsonValue({ maxDepth: 3 }).filter(value => !JSON.stringify(value).includes('__proto__')),
    fc.date(),
    fc.bigInt(),
    fc.uint8Array(),
    fc.constant('canary'.repeat(50)),
    fc.array(fc.tuple(fc.integer(), fc.string())).map(entries => new Map(entries)),
  ),
  { maxKeys: 4 },
)

async function stored(storage: Storage, values: Record<string, unknown>): Promise<Uint8Array> {
  const body = await storage.encode(KEY, Object.assign(Object.create(null), values), header)
  return utf8.encode(nativeLayout.pack({ revisions: 'aaaaaaaa00000001', ...header, expiresAt: 0, body }))
}

/** What a reader gets of the bytes; null for ERR_RECORD_MALFORMED, and nothing else may be thrown. */
async function opened(
  storage: Storage,
  bytes: Uint8Array,
): Promise<{ record: StoredRecord; values: Record<string, unknown> } | null> {
  try {
    const record = nativeLayout.unpack(bytes)
    return { record, values: await storage.decode(KEY, record) }
  } catch (error) {
    if (!isSessionError(error, 'ERR_RECORD_MALFORMED')) throw error
    expect(`${error.message} ${error.cause}`).not.toContain('canary')
    return null
  }
}

function expectClean(values: Record<string, unknown>): void {
  expect(Object.getPrototypeOf(values)).toBeNull()
  for (const value of Object.values(values)) expect(holdsProto(value)).toBe(false)
  const plain = {} as Record<string, unknown>
  expect([plain.admin, plain.polluted, Object.keys(Object.prototype)]).toEqual([undefined, undefined, []])
}

/** Whoever merges such an object into another sets a prototype (CWE-1321). */
function holdsProto(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const inner = value instanceof Map ? [...value].flat() : value instanceof Set ? [...value] : Object.values(value)
  return Object.hasOwn(value, '__proto__') || inner.some(holdsProto)
}

const piece = fc.oneof(
  fc.uint8Array({ maxLength: 4 }),
  fc
    .constantFrom(
      ...[
        '"',
        '{',
        '}',
        '[',
        ',',
        ':',
        '\\u0024',
        '-',
        '\ufeff',
        '\0',
        ' ',
        '"d":',
        '"u":"x",',
        '{"$date":1}',
        '{"$x":1}',
      ],
      ...['{"$bigint":"1"}', '"__proto__":{"admin":true},', '"constructor":{"prototype":{"polluted":1}},', '1e999'],
    )
    .map(text => utf8.encode(text)),
)
const place = fc.oneof(fc.constant(0), fc.nat())
const changes = fc.array(fc.tuple(place, fc.nat({ max: 4 }), piece), { minLength: 1, maxLength: 3 })

function changed(bytes: Uint8Array, list: [number, number, Uint8Array][]): Uint8Array {
  let result = bytes
  for (const [place, cut, put] of list) {
    const at = place % (result.length + 1)
    result = Uint8Array.from([...result.subarray(0, at), ...put, ...result.subarray(at + cut)])
  }
  return result
}

describe.each(Object.entries(codecs))('a stored record, %s', (name, codec) => {
  const storage = new Storage(memoryBackend(), { codec })

  it('comes back as it was', async () => {
    await fc.assert(
      fc.asyncProperty(data, async values => {
        const found = await opened(storage, await stored(storage, values))
        expect(deepEqual(found?.values, Object.assign(Object.create(null), values))).toBe(true)
      }),
      { numRuns: 200 },
    )
  })

  it('that was changed is malformed, or clean data of the very bytes that are there', async () => {
    let read = 0
    await fc.assert(
      fc.asyncProperty(data, changes, async (values, list) => {
        const bytes = changed(await stored(storage, values), list)
        const found = await opened(storage, bytes)
        if (found === null) return
        read += 1
        expectClean(found.values)
        // There is one text for each record: the script in Redis finds a revision where it always stands.
        expect(utf8.encode(nativeLayout.pack(found.record))).toEqual(bytes)
        // Whoever cannot encrypt can change the revisions at most, which are no secret and no value.
        if (name === 'encrypted' || name === 'both') {
          expect(deepEqual(found.values, Object.assign(Object.create(null), values))).toBe(true)
          expect(found.record).toMatchObject(header)
        }
      }),
      { numRuns: name === 'plain' ? 3_000 : 800 },
    )
    expect(read).toBeGreaterThan(0)
  })

  it('that was made up is malformed, or clean data', async () => {
    const polluting = fc.constantFrom('', '\\u005f').map(first => `{"a":[{"${first || '_'}_proto__":{"admin":true}}]}`)
    const body = fc.oneof(
      polluting,
      polluting.map(text => JSON.stringify([codec.name, text])),
      fc.uint8Array({ maxLength: 80 }),
      fc.json(),
      fc.string().map(text => JSON.stringify([codec.name, text])),
      fc.uint8Array({ maxLength: 60 }).map(rest => Uint8Array.from([...utf8.encode(`${codec.name}\0`), ...rest])),
      fc.uint8Array({ maxLength: 60 }).map(rest => Uint8Array.from([...utf8.encode(`${codec.name}\0\u0001`), ...rest])),
    )
    await fc.assert(
      fc.asyncProperty(body, async made => {
        const text = nativeLayout.pack({ revisions: 'aaaaaaaa00000001', ...header, expiresAt: 0, body: made })
        const found = await opened(storage, utf8.encode(text))
        if (found !== null) expectClean(found.values)
      }),
      { numRuns: 800 },
    )
  })
})

describe('the size of what hostile bytes become', () => {
  const bombs: [string, string, string][] = [
    ['a number of four million digits', 'ERR_RECORD_MALFORMED', `{"a":{"$bigint":"${'9'.repeat(4_000_000)}"}}`],
    ['a million empty lists', 'read', `{"a":[${'[],'.repeat(1_000_000)}1]}`],
    ['depth', 'ERR_RECORD_MALFORMED', `{"a":${'['.repeat(4_000_000)}`],
    ['tags', 'read', `{"a":[${'{"$undefined":true},'.repeat(400_000)}1]}`],
  ]

  it.each(bombs)('is bounded, and so is the work: %s in a few kilobytes', async (_, expected, text) => {
    const raw = { name: 'rich-json', encode: () => text, decode: () => ({}) }
    const packed = await compressed(raw).encode({}, { key: KEY, header: '' })
    expect(packed.length).toBeLessThan(60_000)
    const storage = new Storage(memoryBackend(), { codec: codecs.compressed! })
    const name = utf8.encode('compressed+rich-json\0')
    const body = Uint8Array.from([...name, ...(packed as Uint8Array)])
    const before = process.memoryUsage().rss
    const decoding = async () => storage.decode(KEY, { revisions: 'aaaaaaaa00000001', ...header, expiresAt: 0, body })
    const outcome = await decoding().then(
      () => 'read',
      error => error.code,
    )
    expect(outcome).toBe(expected)
    expect(process.memoryUsage().rss - before).toBeLessThan(600 * 2 ** 20)
  })
})

import { type Backend, type Call, can, type StoredRecord, type Tries } from '@sentinel-session/core'
import { isTrue, same } from '../check.ts'
import { type Case, fields, freshKey } from './subject.ts'

/** A backend that does not take names passes: it has to say so in its capabilities. */
function namedCase(test: Case): Case {
  return (title, body) =>
    test(`named writes: ${title}`, async (backend, key) => {
      if (can(backend, 'named')) await body(backend, key)
    })
}

/** What a writer calls its writes. */
function writer(): () => Required<Pick<Call, 'name'>> {
  const name = Array.from({ length: 8 }, () => Math.floor(Math.random() * 36).toString(36)).join('')
  let writes = 0
  return () => {
    writes += 1
    return { name: `${name}${writes.toString(36).padStart(7, '0')}0` }
  }
}

async function bodyOf(backend: Backend, key: string): Promise<unknown> {
  return ((await backend.read(key)) as StoredRecord).body
}

export function named(run: Case): void {
  const test = namedCase(run)

  test('a create that comes again is the same create; another one is refused', async (backend, key) => {
    const [mine, other] = [writer()(), writer()()]
    const first = await backend.create(key, fields('{"n":1}'), mine)
    same(first!.revisions, mine.name, 'the revision')
    same((await backend.create(key, fields('{"n":1}'), mine))?.revisions, mine.name, 'the same again')
    same(await backend.create(key, fields('{"n":2}'), other), null, 'another')
    await backend.replace(key, first!, { ...first!, body: '{"n":3}' }, other)
    isTrue((await backend.create(key, fields('{"n":1}'), mine)) !== null, 'the same again, after another wrote')
    same(await bodyOf(backend, key), '{"n":3}', 'the body')
    await backend.end(key, { kind: 'destroyed' })
    same(await backend.create(key, fields('{"n":1}'), mine), null, 'the same again, after it was destroyed')
    same(await backend.read(key), null, 'what is stored')
  })

  test('a replace that comes again is applied once, also after others wrote', async (backend, key) => {
    const [next, mine] = [writer(), writer()()]
    const base = (await backend.create(key, fields('{"n":1}')))!
    const change = { ...base, body: '{"n":2}' }
    const first = await backend.replace(key, base, change, mine)
    const again = await backend.replace(key, base, change, mine)
    same(again, first, 'the same again')
    const { record } = first as { record: StoredRecord }
    same((await backend.replace(key, record, { ...base, body: '{"n":3}' }, next())).outcome, 'ok', 'another')
    same((await backend.replace(key, base, change, mine)).outcome, 'ok', 'the same again, after another wrote')
    same((await backend.replace(key, base, change, next())).outcome, 'changed', 'a new one, over the old base')
    same(await bodyOf(backend, key), '{"n":3}', 'the body')
  })

  test('a further try of a change finds that the first was applied', async (backend, key) => {
    const next = writer()
    const base = (await backend.create(key, fields('{"n":1}')))!
    const tries: Tries = {}
    const lost = next()
    tries.first = lost.name
    await backend.replace(key, base, { ...base, body: '{"n":2}' }, { ...lost, tries })
    const stored = (await backend.read(key)) as StoredRecord
    const second = await backend.replace(key, stored, { ...base, body: '{"n":3}' }, { ...next(), tries })
    same(second.outcome, 'ok', 'the outcome')
    same(await bodyOf(backend, key), '{"n":2}', 'the body')
  })

  test('a retire that comes again is the same one; of two others one wins', async (backend, key) => {
    const [mine, other] = [writer()(), writer()()]
    const base = (await backend.create(key, fields()))!
    const retired = { kind: 'retired', base } as const
    same((await backend.end(key, retired, mine)).outcome, 'ok', 'the first')
    same((await backend.end(key, retired, mine)).outcome, 'ok', 'the same again')
    same((await backend.end(key, retired, other)).outcome, 'gone', 'another')
    same((await backend.end(freshKey(), retired, mine)).outcome, 'gone', 'elsewhere')
    same(await backend.read(key), 'retired', 'what is stored')
  })

  test('a destroy that comes again is the same one', async (backend, key) => {
    const mine = writer()()
    await backend.create(key, fields())
    same((await backend.end(key, { kind: 'destroyed' }, mine)).outcome, 'ok', 'the first')
    same((await backend.end(key, { kind: 'destroyed' }, mine)).outcome, 'ok', 'the same again')
    same((await backend.end(key, { kind: 'destroyed' }, writer()())).outcome, 'gone', 'another')
  })
}

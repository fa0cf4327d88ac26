import type { StoredRecord } from '@sentinel-session/core'
import { same } from '../check.ts'
import { type Case, fields, freshKey } from './subject.ts'

export function end(test: Case): void {
  test('destroy ends a record whatever its revision, and again is no error', async (backend, key) => {
    const base = (await backend.create(key, fields()))!
    await backend.replace(key, base, { ...base, body: '{"n":2}' })
    same((await backend.end(key, { kind: 'destroyed' })).outcome, 'ok', 'the first')
    same((await backend.end(key, { kind: 'destroyed' })).outcome, 'gone', 'the second')
    same(await backend.read(key), null, 'what is stored')
  })

  test('the key of a destroyed record cannot be created again', async (backend, key) => {
    await backend.create(key, fields())
    await backend.end(key, { kind: 'destroyed' })
    same(await backend.create(key, fields()), null, 'create')
    const absent = freshKey()
    await backend.end(absent, { kind: 'destroyed' })
    same(await backend.create(absent, fields()), null, 'create where nothing was')
  })

  test('retire ends a record only while it is the base', async (backend, key) => {
    const base = (await backend.create(key, fields('{"n":1}')))!
    const { record } = (await backend.replace(key, base, { ...base, body: '{"n":2}' })) as { record: StoredRecord }
    const late = await backend.end(key, { kind: 'retired', base })
    same(late.outcome, 'changed', 'over an older base')
    same((late as { current: StoredRecord }).current.body, '{"n":2}', 'the current body')
    same((await backend.end(key, { kind: 'retired', base: record })).outcome, 'ok', 'over the base')
    same(await backend.read(key), 'retired', 'what is stored')
    same(await backend.create(key, fields()), null, 'create')
  })

  test('retire of what is absent or ended is gone', async (backend, key) => {
    const base = (await backend.create(key, fields()))!
    same((await backend.end(freshKey(), { kind: 'retired', base })).outcome, 'gone', 'absent')
    await backend.end(key, { kind: 'destroyed' })
    same((await backend.end(key, { kind: 'retired', base })).outcome, 'gone', 'destroyed')
    same(await backend.read(key), null, 'what is stored')
  })

  test('of parallel retires over one base exactly one succeeds', async (backend, key) => {
    const base = (await backend.create(key, fields()))!
    const answers = await Promise.all(Array.from({ length: 20 }, () => backend.end(key, { kind: 'retired', base })))
    same(answers.filter(({ outcome }) => outcome === 'ok').length, 1, 'how many succeed')
  })
}

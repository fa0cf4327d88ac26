import type { StoredRecord } from '@sentinel-session/core'
import { isTrue, same } from '../check.ts'
import { type Case, clock, fields, freshKey } from './subject.ts'

export function replace(test: Case): void {
  test('replace over the base stores, and its record is the next base', async (backend, key) => {
    let base = (await backend.create(key, fields('{"n":1}')))!
    for (const body of ['{"n":2}', '{"n":3}']) {
      const replaced = await backend.replace(key, base, { ...base, body })
      same(replaced.outcome, 'ok', 'the outcome')
      base = (replaced as { record: StoredRecord }).record
    }
    const read = (await backend.read(key)) as StoredRecord
    same([read.body, read.createdAt, read.revisions], ['{"n":3}', base.createdAt, base.revisions], 'what is stored')
  })

  test('replace over an older base changes nothing and shows what is stored', async (backend, key) => {
    const base = (await backend.create(key, fields('{"n":1}')))!
    await backend.replace(key, base, { ...base, body: '{"n":2}' })
    const late = await backend.replace(key, base, { ...base, body: '{"n":9}' })
    same(late.outcome, 'changed', 'the outcome')
    const { current } = late as { current: StoredRecord }
    same(current.body, '{"n":2}', 'the current body')
    same((await backend.replace(key, current, { ...current, body: '{"n":3}' })).outcome, 'ok', 'over the current one')
  })

  test('replace never recreates: absent, expired, destroyed and retired are gone', async (backend, key) => {
    const base = (await backend.create(freshKey(), fields()))!
    same((await backend.replace(key, base, fields())).outcome, 'gone', 'absent')

    const expired = (await backend.create(key, fields('{}', 60)))!
    await clock.sleep(120)
    same((await backend.replace(key, expired, fields())).outcome, 'gone', 'expired')

    const destroyed = (await backend.create(key, fields()))!
    await backend.end(key, { kind: 'destroyed' })
    same((await backend.replace(key, destroyed, fields())).outcome, 'gone', 'destroyed')

    const other = freshKey()
    const retired = (await backend.create(other, fields()))!
    await backend.end(other, { kind: 'retired', base: retired })
    same((await backend.replace(other, retired, fields())).outcome, 'gone', 'retired')
    same([await backend.read(key), await backend.read(other)], [null, 'retired'], 'what is stored')
  })

  test('of parallel replaces over one base exactly one succeeds', async (backend, key) => {
    const base = (await backend.create(key, fields()))!
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, n) => backend.replace(key, base, { ...base, body: `{"n":${n}}` })),
    )
    // In one instance a later write of the same writer confirms an earlier one, so commits of one session never run side by side.
    const stored = (await backend.read(key)) as StoredRecord
    isTrue(
      answers.some(({ outcome }) => outcome === 'ok'),
      'one is applied',
    )
    same(/^\{"n":\d+\}$/.test(stored.body as string), true, 'the body is one of them')
  })
}

import { type Backend, can } from '@sentinel-session/core'
import { isTrue, rejects, same } from '../check.ts'
import { type Case, fields, freshKey } from './subject.ts'

export function life(test: Case): void {
  test('ready resolves, also again', async backend => {
    await backend.ready()
    await backend.ready()
  })

  test('after close every verb rejects, and closing again is no error', async (backend, key) => {
    const base = (await backend.create(key, fields()))!
    await backend.close()
    await backend.close()
    const verbs: ((backend: Backend) => Promise<unknown>)[] = [
      it => it.create(freshKey(), fields()),
      it => it.read(key),
      it => it.replace(key, base, fields()),
      it => it.touch(key, base.expiresAt),
      it => it.end(key, { kind: 'destroyed' }),
    ]
    for (const verb of verbs) await rejects(verb(backend), 'ERR_BACKEND_CLOSED')
  })

  test('an enumerable backend counts and lists live records only', async (backend, key) => {
    if (!can(backend, 'enumerable')) return
    const ended = freshKey()
    await backend.create(key, fields())
    await backend.create(ended, fields())
    const before = await backend.count()
    await backend.end(ended, { kind: 'destroyed' })
    same(await backend.count(), before - 1, 'the count')
    const keys: string[] = []
    for await (const found of backend.scan()) keys.push(found)
    isTrue(keys.includes(key) && !keys.includes(ended), 'the list')
    const [bound, user] = [freshKey(), freshKey()]
    await backend.create(bound, { ...fields(), user })
    same([await backend.count(key), await backend.count(bound), await backend.count(user)], [1, 1, 0], 'of a prefix')
    for await (const found of backend.scan(bound)) same(found, bound, 'what is listed of a prefix')
  })
}

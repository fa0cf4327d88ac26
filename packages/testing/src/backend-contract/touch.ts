import type { StoredRecord } from '@sentinel-session/core'
import { isTrue, same } from '../check.ts'
import { type Case, clock, fields, freshKey } from './subject.ts'

export function touch(test: Case): void {
  test('touch moves the deadline and nothing else', async (backend, key) => {
    const created = (await backend.create(key, fields('{"n":1}', 1000)))!
    const later = clock.now() + 60_000
    same(await backend.touch(key, later), true, 'the answer')
    await clock.sleep(1050)
    const read = (await backend.read(key)) as StoredRecord
    same([read.body, read.revisions], [created.body, created.revisions], 'the record')
    isTrue(Math.abs(read.expiresAt - later) <= 5, 'the deadline is the new one')
  })

  test('touch of what is absent or ended is false, and brings nothing back', async (backend, key) => {
    same(await backend.touch(freshKey(), clock.now() + 60_000), false, 'absent')
    await backend.create(key, fields())
    await backend.end(key, { kind: 'destroyed' })
    same(await backend.touch(key, clock.now() + 60_000), false, 'destroyed')
    same(await backend.read(key), null, 'what is stored')
  })
}

import { isTrue, same } from '../check.ts'
import { type Case, clock, fields, freshKey } from './subject.ts'

export function createAndRead(test: Case): void {
  test('create stores, read gives back what was stored', async (backend, key) => {
    const stored = { ...fields('{"user":"ü","n":1}'), user: `${key}-user` }
    const created = await backend.create(key, stored)
    isTrue(created !== null, 'create on a free key gives the record')
    const read = await backend.read(key)
    isTrue(read !== null && read !== 'retired', 'the record is there')
    const { createdAt, user, body, revisions, expiresAt } = read as Exclude<typeof read, 'retired' | null>
    same({ createdAt, user, body }, { createdAt: stored.createdAt, user: stored.user, body: stored.body }, 'the fields')
    same(revisions, created!.revisions, 'the revisions')
    isTrue(Math.abs(expiresAt - stored.expiresAt) <= 5, 'the deadline is the one given')
  })

  test('a body of bytes comes back as the same bytes', async (backend, key) => {
    const body = Uint8Array.from({ length: 256 }, (_, i) => i)
    await backend.create(key, fields(body))
    const read = await backend.read(key)
    same((read as { body: unknown }).body, body, 'the body')
  })

  test('create on a taken key is refused and changes nothing', async (backend, key) => {
    await backend.create(key, fields('{"n":1}'))
    same(await backend.create(key, fields('{"n":2}')), null, 'the second create')
    same(((await backend.read(key)) as { body: unknown }).body, '{"n":1}', 'the body')
  })

  test('what was never stored reads as null', async backend => {
    same(await backend.read(freshKey()), null, 'the answer')
  })

  test('what has expired reads as null, and its key is free again', async (backend, key) => {
    await backend.create(key, fields('{}', 60))
    await clock.sleep(120)
    same(await backend.read(key), null, 'the answer')
    isTrue((await backend.create(key, fields())) !== null, 'the key is free')
  })
}

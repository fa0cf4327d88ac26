import {
  type Backend,
  type Binding,
  can,
  type Fields,
  type StoredRecord,
  type UserIndexed,
} from '@sentinel-session/core'
import { isTrue, rejects, same } from '../check.ts'
import { type Case, clock, fields, freshKey } from './subject.ts'

type Indexed = Backend & UserIndexed

/** A backend without the index passes: it has to say so in its capabilities. */
function userCase(test: Case): (title: string, body: (backend: Indexed, user: string) => Promise<void>) => void {
  return (title, body) =>
    test(`users: ${title}`, async (backend, user) => {
      if (can(backend, 'userIndexed')) await body(backend, user)
    })
}

let logins = 0

function of(user: string, lifeMs?: number): Fields {
  logins += 1
  // Each is a millisecond younger, so that there is an order.
  const { createdAt, ...rest } = fields('{"n":1}', lifeMs)
  return { ...rest, createdAt: createdAt - 10_000 + logins, user }
}

async function login(backend: Backend, user: string, bind: Binding = {}): Promise<string> {
  const key = freshKey()
  isTrue((await backend.create(key, of(user), { bind })) !== null, 'the login is stored')
  return key
}

async function keysOf(backend: Indexed, user: string): Promise<string[]> {
  return (await backend.membersOf(user)).map(({ key }) => key)
}

export function users(run: Case): void {
  const test = userCase(run)

  test('a session that is created with a user is listed, with label and instants', async (backend, user) => {
    const [key, record] = [freshKey(), of(user)]
    await backend.create(key, record, { bind: { label: 'Firefox, "ü"\non Linux' }, until: clock.now() + 90_000 })
    const [member] = await backend.membersOf(user)
    const { label, createdAt, expiresAt } = member!
    same([member!.key, label, createdAt], [key, 'Firefox, "ü"\non Linux', record.createdAt], 'what is listed')
    isTrue(Math.abs(expiresAt - record.expiresAt) <= 50, 'the deadline is that of the record')
    same((await backend.read(key)) === null, false, 'the record')
  })

  test('a write that leaves is forgotten by the index, and keeps its user', async (backend, user) => {
    const key = freshKey()
    const base = (await backend.create(key, of(user)))!
    const left = await backend.replace(key, base, { ...base, body: '{}' }, { leaves: true })
    same(left.outcome, 'ok', 'the write')
    same(await backend.membersOf(user), [], 'who is listed')
    same(((await backend.read(key)) as StoredRecord).user, user, 'the user of the record')
    const again = await backend.replace(key, base, { ...base, body: '{"n":2}' }, { leaves: true })
    same(again.outcome, 'changed', 'over another base')
  })

  test('a session is bound by a later write, and only by that of its user', async (backend, user) => {
    const key = freshKey()
    const { user: _, ...unbound } = of(user)
    const base = (await backend.create(key, unbound))!
    same(await backend.membersOf(user), [], 'before')
    const bound = await backend.replace(key, base, { ...base, user }, { bind: {} })
    same(bound.outcome, 'ok', 'the binding')
    same(await keysOf(backend, user), [key], 'after')
    same((await backend.replace(key, base, { ...base, user }, { bind: {} })).outcome, 'changed', 'over an older base')
    same(await keysOf(backend, `${user}-other`), [], 'somebody else')
  })

  test('the list follows the deadline of a touched session, the oldest comes first', async (backend, user) => {
    const [first, second] = [await login(backend, user), await login(backend, user)]
    const later = clock.now() + 120_000
    await backend.touch(second, later)
    const listed = await backend.membersOf(user)
    same(
      listed.map(({ key }) => key),
      [first, second],
      'the order',
    )
    isTrue(Math.abs(listed[1]!.expiresAt - later) <= 50, 'the deadline')
  })

  test('what is destroyed, retired or expired is not listed', async (backend, user) => {
    const kept = await login(backend, user)
    await backend.end(await login(backend, user), { kind: 'destroyed' })
    await backend.end(await login(backend, user), { kind: 'destroyed', user })
    const retired = freshKey()
    const base = (await backend.create(retired, of(user)))!
    await backend.end(retired, { kind: 'retired', base })
    await backend.create(freshKey(), of(user, 60), { until: clock.now() + 60 })
    await clock.sleep(120)
    same(await keysOf(backend, user), [kept], 'the list')
    same(await keysOf(backend, user), [kept], 'the list again')
  })

  test('endAllOf ends all sessions of the user and nobody else, and says how many', async (backend, user) => {
    const keys = [await login(backend, user), await login(backend, user), await login(backend, user)]
    const other = await login(backend, `${user}-other`)
    same(await backend.endAllOf(user), 3, 'how many')
    for (const key of keys) {
      same(await backend.read(key), null, 'what is stored')
      same(await backend.create(key, of(user)), null, 'the key again')
    }
    same(await backend.membersOf(user), [], 'the list')
    isTrue((await backend.read(other)) !== null, 'the session of somebody else is there')
    same([await backend.endAllOf(user), await backend.endAllOf(`${user}-nobody`)], [0, 0], 'where there is none')
  })

  test('endAllOf spares one, which may move on to another key', async (backend, user) => {
    const key = freshKey()
    const base = (await backend.create(key, of(user), { bind: { label: 'this' } }))!
    await login(backend, user)
    same(await backend.endAllOf(user, key), 1, 'how many')
    const next = freshKey()
    isTrue((await backend.create(next, of(user), { bind: { from: key } })) !== null, 'the new key')
    same((await backend.end(key, { kind: 'retired', base })).outcome, 'ok', 'the old key')
    same(
      (await backend.membersOf(user)).map(({ key, label }) => [key, label]),
      [[next, 'this']],
      'the list: under the new key, with the label',
    )
  })

  test('a session that endAllOf has ended cannot move on to another key', async (backend, user) => {
    const key = freshKey()
    const base = (await backend.create(key, of(user)))!
    await backend.endAllOf(user)
    const next = freshKey()
    await rejects(backend.create(next, of(user), { bind: { from: key } }), 'ERR_SESSION_DESTROYED')
    same(await backend.read(next), null, 'the new key')
    same((await backend.end(key, { kind: 'retired', base })).outcome, 'gone', 'the old key')
  })

  test('a key that is taken is refused, and its session stays listed as it was', async (backend, user) => {
    const key = freshKey()
    await backend.create(key, of(user), { bind: { label: 'first' } })
    for (const other of [user, `${user}-other`]) {
      same(await backend.create(key, of(other), { bind: { label: 'second' } }), null, 'the key again')
    }
    same(
      (await backend.membersOf(user)).map(({ key, label }) => [key, label]),
      [[key, 'first']],
      'the list',
    )
    same(await backend.membersOf(`${user}-other`), [], 'the list of the other')
    same([await backend.endAllOf(`${user}-other`), (await backend.read(key)) === null], [0, false], 'what others end')
  })

  test('endAllOf raises the generation; an older login is refused and stores nothing', async (backend, user) => {
    const before = await backend.generationOf(user)
    same(before, 0, 'the generation of a new user')
    const key = await login(backend, user, { since: before })
    const unbound = freshKey()
    const { user: _, ...anonymous } = of(user)
    const base = (await backend.create(unbound, anonymous))!
    await backend.endAllOf(user, key)
    const after = await backend.generationOf(user)
    isTrue(after > before, 'the generation is raised')
    const late = freshKey()
    await rejects(backend.create(late, of(user), { bind: { since: before } }), 'ERR_SESSION_CONFLICT')
    await rejects(
      backend.replace(unbound, base, { ...base, user }, { bind: { since: before } }),
      'ERR_SESSION_CONFLICT',
    )
    same([await backend.read(late), (await backend.read(unbound)) !== null], [null, true], 'what is stored')
    same(await keysOf(backend, user), [key], 'the list')
    isTrue((await backend.create(late, of(user), { bind: { since: after } })) !== null, 'a login that began after it')
    await backend.endAllOf(user)
    isTrue((await backend.generationOf(user)) > after, 'it is raised each time')
  })

  test("at most max sessions: 'reject' refuses, and stores nothing", async (backend, user) => {
    const bind = { max: 2, whenFull: 'reject' } as const
    const keys = [await login(backend, user, bind), await login(backend, user, bind)]
    const late = freshKey()
    await rejects(backend.create(late, of(user), { bind }), 'ERR_SESSION_LIMIT')
    same([await backend.read(late), await keysOf(backend, user)], [null, keys], 'what is stored')
    await backend.end(keys[0]!, { kind: 'destroyed' })
    isTrue((await backend.create(late, of(user), { bind })) !== null, 'after a logout there is room')
  })

  test("at most max sessions: 'end-oldest' ends those that were created first", async (backend, user) => {
    const [first, second, third] = [await login(backend, user), await login(backend, user), await login(backend, user)]
    const fourth = await login(backend, user, { max: 2, whenFull: 'end-oldest' })
    same(await keysOf(backend, user), [third, fourth], 'the list')
    same([await backend.read(first), await backend.read(second)], [null, null], 'the oldest')
    same(await backend.create(first, of(user)), null, 'a key that was ended so')
  })

  test('a session that is bound again, or moves to another key, is not counted twice', async (backend, user) => {
    const bind = { max: 1, whenFull: 'reject' } as const
    const key = freshKey()
    const base = (await backend.create(key, of(user), { bind: { ...bind, label: 'old' } }))!
    const { record } = (await backend.replace(key, base, base, { bind: { ...bind, label: 'new' } })) as {
      record: StoredRecord
    }
    const next = freshKey()
    isTrue((await backend.create(next, of(user), { bind: { ...bind, from: key } })) !== null, 'the new key')
    await rejects(backend.create(freshKey(), of(user), { bind }), 'ERR_SESSION_LIMIT')
    await backend.end(key, { kind: 'retired', base: record })
    same(
      (await backend.membersOf(user)).map(({ key, label }) => [key, label]),
      [[next, 'new']],
      'the list',
    )
  })

  for (const whenFull of ['reject', 'end-oldest'] as const) {
    test(`max is exact under parallel logins: '${whenFull}'`, async (backend, user) => {
      const keys = Array.from({ length: 24 }, freshKey)
      const stored = await Promise.all(
        keys.map(key => backend.create(key, of(user), { bind: { max: 3, whenFull } }).catch(() => null)),
      )
      const live = await Promise.all(keys.map(key => backend.read(key)))
      same(live.filter(record => record !== null).length, 3, 'how many live')
      same(stored.filter(record => record !== null).length, whenFull === 'reject' ? 3 : 24, 'how many were stored')
      same((await backend.membersOf(user)).length, 3, 'how many are listed')
    })
  }

  test('of logins beside endAllOf those that are stored later than it live, and are listed', async (backend, user) => {
    const since = await backend.generationOf(user)
    const keys = Array.from({ length: 40 }, freshKey)
    const before = keys.slice(0, 20).map(key => backend.create(key, of(user), { bind: { since } }).catch(() => null))
    const ended = backend.endAllOf(user)
    const after = keys.slice(20).map(key => backend.create(key, of(user), { bind: { since } }).catch(() => null))
    await Promise.all([...before, ended, ...after])
    const live = await Promise.all(keys.map(key => backend.read(key)))
    same(live.filter(record => record !== null).length, 0, 'how many of the older ones live')
  })

  test('after close they reject', async (backend, user) => {
    await backend.close()
    await rejects(backend.membersOf(user), 'ERR_BACKEND_CLOSED')
    await rejects(backend.endAllOf(user), 'ERR_BACKEND_CLOSED')
    await rejects(backend.generationOf(user), 'ERR_BACKEND_CLOSED')
  })
}

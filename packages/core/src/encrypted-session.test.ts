/** Sessions of a manager whose provider encrypts: the codec, the storage and the commit together. */
import { fakeClock } from '@sentinel-session/testing'
import { describe, expect, it } from 'vitest'
import {
  type Backend,
  type Codec,
  compressed,
  createProvider,
  createSessionManager,
  encrypted,
  type Fields,
  type Manager,
  memoryBackend,
  richJson,
} from './index.ts'
import { nativeLayout } from './layout.ts'

// biome-ignore lint/suspicious/noExplicitAny: the tests hold anything
type Values = Record<string, any>
type Session = Awaited<ReturnType<Manager<Values>['open']>>['session']

const [one, two] = ['1'.repeat(32), '2'.repeat(32)] as const
const codecOf = (...keys: [string, ...string[]]): Codec => encrypted(compressed(richJson()), { keys })

/** A browser's requests to processes with different codecs and one backend; `stored` is what was written, as Redis would have it. */
function rig() {
  const clock = fakeClock(1_700_000_000_000)
  const memory = memoryBackend({ clock })
  const stored: { key: string; text: string }[] = []
  const note = (key: string, fields: Fields): void => {
    const text = nativeLayout.pack({ ...fields, revisions: '0'.repeat(16) }) as string
    stored.push({ key, text })
  }
  const backend: Backend = {
    ...memory,
    create: (key, fields, call) => {
      note(key, fields)
      return memory.create(key, fields, call)
    },
    replace: (key, base, fields, call) => {
      note(key, fields)
      return memory.replace(key, base, fields, call)
    },
  }
  let cookie: string | undefined
  const managerOf = (codec: Codec): Manager<Values> =>
    createSessionManager<Values>({ provider: createProvider(backend, { codec }), clock })
  const request = async (manager: Manager<Values>, handler: (session: Session) => unknown): Promise<void> => {
    const header = (name: string): string | undefined => (name === 'cookie' ? cookie : undefined)
    const { session, commit } = await manager.open({ secure: true, host: 'example.com', url: '/', header })
    await handler(session)
    const { append } = await commit({ status: 200 })
    cookie = append.find(([name]) => name === 'Set-Cookie')?.[1].split(';')[0] ?? cookie
  }
  return { managerOf, request, stored, memory, clock }
}

const cart = new Map([['canary-tea', { count: 2n, since: new Date(0) }]])
const values = { canaryUser: 'canary-ada', cart, notes: 'canary-note '.repeat(500), avatar: Uint8Array.of(1, 2, 3) }

describe('a session that is encrypted', () => {
  it('reads back, and what is stored has no value and no name of one', async () => {
    const { managerOf, request, stored } = rig()
    const manager = managerOf(codecOf(one))
    await request(manager, session => {
      for (const [key, value] of Object.entries(values)) session.set(key, value)
    })
    await request(manager, session => {
      expect({ ...session.data }).toEqual(values)
      session.data.cart.get('canary-tea').count += 1n
    })
    await request(manager, session => expect(session.get('cart').get('canary-tea').count).toBe(3n))
    expect(stored).toHaveLength(2)
    for (const { text } of stored) {
      const [, body] = text.match(/,"d":"([\w-]+)"\}$/)!
      const bytes = Buffer.from(body!, 'base64url').toString('latin1')
      expect(bytes.startsWith('encrypted+compressed+rich-json\0')).toBe(true)
      expect(text + bytes).not.toMatch(/canary|avatar/)
      expect(text.length).toBeLessThan(1000)
    }
  })

  it('opens after a regenerate, though it has another key then', async () => {
    const { managerOf, request, stored } = rig()
    const manager = managerOf(codecOf(one))
    await request(manager, session => session.set('user', 'ada'))
    await request(manager, session => {
      session.set('since', 1)
      session.regenerate()
    })
    await request(manager, session => expect({ ...session.data }).toEqual({ user: 'ada', since: 1 }))
    expect(new Set(stored.map(({ key }) => key)).size).toBe(2)
  })

  it('merges what two processes write at once', async () => {
    const { managerOf, request } = rig()
    const [a, b] = [managerOf(codecOf(one)), managerOf(codecOf(one))]
    await request(a, session => session.set('views', 0))
    await request(a, async session => {
      session.update('views', views => views + 1)
      session.set('a', true)
      await request(b, other => {
        other.update('views', (views: number) => views + 1)
        other.set('b', true)
      })
    })
    await request(b, session => expect({ ...session.data }).toEqual({ views: 2, a: true, b: true }))
  })

  it('changes its key without a visitor noticing: read with the old one, written with the new one', async () => {
    const { managerOf, request } = rig()
    const [before, during, after] = [managerOf(codecOf(one)), managerOf(codecOf(two, one)), managerOf(codecOf(two))]
    await request(before, session => session.set('views', 1))
    await request(during, session => expect(session.get('views')).toBe(1))
    await expect(request(after, () => {})).rejects.toMatchObject({ code: 'ERR_RECORD_MALFORMED' })
    await request(during, session => session.update('views', views => views + 1))
    await request(after, session => expect(session.get('views')).toBe(2))
    await expect(request(before, () => {})).rejects.toMatchObject({ code: 'ERR_RECORD_MALFORMED' })
  })

  it('does not open as the session of somebody else', async () => {
    const { managerOf, request, stored, memory } = rig()
    const manager = managerOf(codecOf(one))
    await request(manager, session => session.set('user', 'ada'))
    const [ada] = stored
    const other = rig()
    await other.request(other.managerOf(codecOf(one)), session => session.set('user', 'eve'))
    const record = await memory.read(ada!.key)
    const [eve] = other.stored
    const evesRecord = await other.memory.read(eve!.key)
    if (typeof record !== 'object' || record === null) throw new Error('not stored')
    if (typeof evesRecord !== 'object' || evesRecord === null) throw new Error('not stored')
    await other.memory.replace(eve!.key, evesRecord, record)
    const opened = other.request(other.managerOf(codecOf(one)), () => {})
    await expect(opened).rejects.toMatchObject({ code: 'ERR_RECORD_MALFORMED' })
  })

  it('refuses a record of another codec, in either direction', async () => {
    for (const [writes, reads] of [
      [richJson(), codecOf(one)],
      [codecOf(one), richJson()],
      [compressed(richJson()), richJson()],
      [richJson(), compressed(richJson())],
    ] as const) {
      const { managerOf, request } = rig()
      await request(managerOf(writes), session => session.set('user', 'ada'))
      const opened = request(managerOf(reads), () => {})
      await expect(opened).rejects.toMatchObject({
        code: 'ERR_RECORD_MALFORMED',
        message: `A stored session cannot be read by the codec "${reads.name}". It was left as it is.`,
      })
    }
  })
})

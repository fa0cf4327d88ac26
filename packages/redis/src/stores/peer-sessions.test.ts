import { createProvider, encrypted, memoryBackend, type Provider, richJson } from '@sentinel-session/core'
import { PeerSessions } from '@sentinel-session/core/internal'
import { faultyBackend } from '@sentinel-session/testing'
import { beforeEach, describe, expect, it } from 'vitest'

const KIND = { name: 'peer', bookkeeping: ['_seen'] }
const later = (): number => Date.now() + 60_000

let provider: Provider
let sessions: PeerSessions
beforeEach(() => {
  provider = createProvider(memoryBackend())
  sessions = new PeerSessions(provider, KIND)
})

const valuesOf = async (sid: string): Promise<object | null> => {
  const found = await sessions.read(sid)
  return found && { ...found.values }
}

describe('a session of another middleware', () => {
  it('is new, is read, and is written again', async () => {
    const seen = await sessions.write('a', { n: 1 }, later(), undefined)
    await sessions.write('a', { n: 2 }, later(), seen)
    expect(await valuesOf('a')).toEqual({ n: 2 })
  })

  it('is what JSON makes of it, as in any other store', async () => {
    const user = { toJSON: () => ({ id: 7 }) }
    await sessions.write('a', { at: new Date(0), user, nothing: undefined, run: () => 1 }, later(), undefined)
    expect(await valuesOf('a')).toEqual({ at: '1970-01-01T00:00:00.000Z', user: { id: 7 } })
  })

  it('keeps what others changed, key by key', async () => {
    await sessions.write('a', { one: 0, two: 0, gone: 1 }, later(), undefined)
    const [left, right] = [(await sessions.read('a'))!, (await sessions.read('a'))!]
    await sessions.write('a', { one: 1, two: 0, gone: 1 }, later(), left.seen)
    await sessions.write('a', { one: 0, two: 2 }, later(), right.seen)
    expect(await valuesOf('a')).toEqual({ one: 1, two: 2 })
  })

  it('keeps it also when the same request saves twice', async () => {
    await sessions.write('a', { one: 0 }, later(), undefined)
    const mine = (await sessions.read('a'))!
    await sessions.write('a', { one: 0, theirs: 1 }, later(), (await sessions.read('a'))!.seen)
    const again = await sessions.write('a', { one: 1 }, later(), mine.seen)
    const third = await sessions.write('a', { one: 2 }, later(), again)
    await sessions.write('a', { one: 2, more: 1 }, later(), third)
    expect(await valuesOf('a')).toEqual({ one: 2, theirs: 1, more: 1 })
  })

  it('that nobody has seen is written as it is, over what is there', async () => {
    await sessions.write('a', { one: 1 }, later(), undefined)
    await sessions.write('a', { two: 2 }, later(), undefined)
    expect(await valuesOf('a')).toEqual({ two: 2 })
  })

  it('does not come back after its end, whether it was seen or not', async () => {
    const seen = await sessions.write('a', { n: 1 }, later(), undefined)
    await sessions.end('a')
    await expect(sessions.write('a', { n: 2 }, later(), seen)).rejects.toMatchObject({ code: 'ERR_SESSION_DESTROYED' })
    await expect(sessions.write('a', { n: 2 }, later(), undefined)).rejects.toMatchObject({
      code: 'ERR_SESSION_DESTROYED',
    })
    await sessions.touch('a', later())
    expect(await sessions.read('a')).toBeNull()
  })

  it('that has ended takes bookkeeping without an error, and stores none of it', async () => {
    const seen = await sessions.write('a', { n: 1, _seen: 1 }, later(), undefined)
    await sessions.end('a')
    await sessions.write('a', { n: 1, _seen: 2 }, later(), seen)
    expect(await sessions.read('a')).toBeNull()
  })

  it('whose end is past is ended', async () => {
    const seen = await sessions.write('a', { n: 1 }, later(), undefined)
    await sessions.write('a', { n: 2 }, Date.now() - 1, seen)
    expect(await sessions.read('a')).toBeNull()
  })

  it('is nothing to another kind, nor to a manager over the same provider', async () => {
    const sid = 'a'.repeat(43)
    await sessions.write(sid, { n: 1 }, later(), undefined)
    expect(await new PeerSessions(provider, { ...KIND, name: 'other' }).read(sid)).toBeNull()
    expect(await provider.sessionExist(sid)).toBe(false)
  })

  it('may have any text as its sid, and nothing else', async () => {
    for (const sid of ['__proto__', 'å\n', 'x'.repeat(10_000)]) {
      await sessions.write(sid, { sid }, later(), undefined)
      expect(await valuesOf(sid)).toEqual({ sid })
    }
    for (const sid of ['', undefined, 7] as string[]) {
      expect(await sessions.read(sid)).toBeNull()
      await expect(sessions.write(sid, {}, later(), undefined)).rejects.toMatchObject({ code: 'ERR_CONFIG_OPTION' })
    }
  })

  it('is encrypted where the provider says so', async () => {
    const codec = encrypted(richJson(), { keys: ['k'.repeat(32)] })
    const secret = new PeerSessions(createProvider(memoryBackend(), { codec }), KIND)
    const seen = await secret.write('a', { n: 1 }, later(), undefined)
    expect(String(seen!.record.body)).not.toContain('"n"')
    expect((await secret.read('a'))!.values.n).toBe(1)
  })

  it('that could not be asked for is not taken for none', async () => {
    const backend = faultyBackend(memoryBackend())
    const faulty = new PeerSessions(createProvider(backend), KIND)
    backend.fail('read')
    await expect(faulty.read('a')).rejects.toMatchObject({ code: 'ERR_BACKEND_UNAVAILABLE' })
  })
})

describe('all sessions of a kind', () => {
  it('are counted, listed and ended without those of others', async () => {
    const other = new PeerSessions(provider, { ...KIND, name: 'other' })
    await other.write('x', { n: 0 }, later(), undefined)
    for (const sid of ['a', 'b']) await sessions.write(sid, { sid }, later(), undefined)
    const listed: unknown[] = []
    for await (const { values } of sessions.all()) listed.push(values.sid)
    expect([await sessions.count(), listed.toSorted()]).toEqual([2, ['a', 'b']])
    await sessions.clear()
    expect([await sessions.count(), await other.count()]).toEqual([0, 1])
  })
})

/** Beego's verbs of a provider, over the memory backend. */
import { describe, expect, it } from 'vitest'
import { deferredProvider } from './deferred-provider.ts'
import { createProvider, memoryBackend, type Provider } from './index.ts'

const unknown = 'a'.repeat(43)

async function stored(provider: Provider, values: Record<string, unknown>): Promise<string> {
  const session = await provider.sessionRead(unknown)
  for (const [key, value] of Object.entries(values)) session.set(key, value)
  await session.sessionRelease()
  return session.sessionId()
}

describe('a provider', () => {
  it('sessionInit sets the lifetime in seconds', async () => {
    const provider = createProvider(memoryBackend())
    await provider.sessionInit(60, '')
    const sid = await stored(provider, { n: 1 })
    const { expiresAt } = await provider.sessionRead(sid)
    expect(expiresAt! - Date.now()).toBeLessThanOrEqual(60_000)
    await expect(provider.sessionInit(0, '')).rejects.toMatchObject({ code: 'ERR_CONFIG_DURATION' })
    await expect(provider.sessionInit(60, 'elsewhere')).rejects.toMatchObject({ field: 'savePath' })
  })

  it('sessionRead gives the session of a sid, and never takes over one that is not there', async () => {
    const provider = createProvider(memoryBackend())
    const sid = await stored(provider, { n: 1 })
    expect((await provider.sessionRead(sid)).get('n')).toBe(1)
    for (const absent of [unknown, '', 'sess:*']) {
      const session = await provider.sessionRead(absent)
      expect(session.isNew).toBe(true)
      expect(session.sessionId()).not.toBe(absent)
    }
  })

  it('sessionExist tells whether a session is there', async () => {
    const provider = createProvider(memoryBackend())
    const sid = await stored(provider, { n: 1 })
    const answers = [sid, unknown, 'x'].map(text => provider.sessionExist(text))
    expect(await Promise.all(answers)).toEqual([true, false, false])
  })

  it('sessionRegenerate moves a session, or stores an empty one', async () => {
    const provider = createProvider(memoryBackend())
    const sid = await stored(provider, { n: 1 })
    const [one, two] = ['b'.repeat(43), 'c'.repeat(43)]
    expect((await provider.sessionRegenerate(sid, one)).sessionId()).toBe(one)
    expect((await provider.sessionRead(one)).get('n')).toBe(1)
    expect(await provider.sessionExist(sid)).toBe(false)
    await provider.sessionRegenerate(unknown, two)
    expect((await provider.sessionRead(two)).isNew).toBe(false)
    await expect(provider.sessionRegenerate(one, two)).rejects.toMatchObject({ code: 'ERR_SESSION_CONFLICT' })
    await expect(provider.sessionRegenerate(one, 'x')).rejects.toMatchObject({ field: 'sid' })
  })

  it('sessionDestroy ends a session for good, and is no error where there is none', async () => {
    const provider = createProvider(memoryBackend())
    const sid = await stored(provider, { n: 1 })
    const held = await provider.sessionRead(sid)
    await provider.sessionDestroy(sid)
    await provider.sessionDestroy(sid)
    await provider.sessionDestroy('x')
    held.set('n', 2)
    await expect(held.sessionRelease()).rejects.toMatchObject({ code: 'ERR_SESSION_DESTROYED' })
    expect(await provider.sessionExist(sid)).toBe(false)
  })

  it('sessionAll counts, and sessionGC has nothing to do', async () => {
    const provider = createProvider(memoryBackend())
    await stored(provider, { n: 1 })
    const ended = await stored(provider, { n: 2 })
    await provider.sessionDestroy(ended)
    await provider.sessionGC()
    expect(await provider.sessionAll()).toBe(1)
    const uncounted = createProvider({ ...memoryBackend(), capabilities: new Set() })
    await expect(uncounted.sessionAll()).rejects.toMatchObject({ code: 'ERR_CONFIG_CAPABILITY' })
  })

  it('gives a session with the verbs of Beego', async () => {
    const provider = createProvider(memoryBackend())
    const sid = await stored(provider, { a: 1, b: 2 })
    const session = await provider.sessionRead(sid)
    expect([session.sessionId(), session.get('a'), session.get('c')]).toEqual([sid, 1, undefined])
    session.delete('a')
    await session.sessionRelease()
    expect((await provider.sessionRead(sid)).keys()).toEqual(['b'])
    session.flush()
    await session.sessionRelease()
    const flushed = await provider.sessionRead(sid)
    expect([flushed.isNew, flushed.keys()]).toEqual([false, []])
  })
})

describe('a provider that waits for its save path', () => {
  it('is nothing before sessionInit, but can be closed', async () => {
    const provider = deferredProvider(() => createProvider(memoryBackend()))
    await expect(provider.sessionRead(unknown)).rejects.toMatchObject({ code: 'ERR_CONFIG_CONNECTION' })
    await expect(provider.ready()).rejects.toMatchObject({ field: 'savePath' })
    await provider.close()
  })

  it('connects once, and is then the provider that it made', async () => {
    const paths: string[] = []
    const provider = deferredProvider(savePath => {
      paths.push(savePath)
      return createProvider(memoryBackend())
    })
    await provider.sessionInit(60, 'here')
    const sid = await stored(provider, { n: 1 })
    await provider.sessionInit(120, '')
    expect(await provider.sessionExist(sid)).toBe(true)
    expect(await provider.sessionAll()).toBe(1)
    await expect(provider.sessionInit(60, 'there')).rejects.toMatchObject({ code: 'ERR_CONFIG_OPTION' })
    expect(paths).toEqual(['here'])
    await provider.close()
    await expect(provider.sessionExist(sid)).rejects.toMatchObject({ code: 'ERR_BACKEND_CLOSED' })
  })
})

/** Records that another program shares: what core leaves out there, since that program would take it for a session. */
import { describe, expect, it } from 'vitest'
import type { Backend, Layout } from './backend.ts'
import type { Codec, CodecPlace } from './codec.ts'
import { compressed } from './compressed.ts'
import { encrypted } from './encrypted.ts'
import { createSessionManager } from './manager.ts'
import { memoryBackend } from './memory-backend.ts'
import { createProvider } from './provider.ts'
import { richJson } from './rich-json.ts'

const shared: Layout = {
  revisionIn: 'digest',
  newSid: () => crypto.randomUUID(),
  acceptsSid: sid => sid.length === 36,
  keyOf: sid => sid,
  pack: ({ body }) => body,
  unpack: body => ({ body, revisions: '', createdAt: Number.POSITIVE_INFINITY, expiresAt: 0 }),
}

/** Which verbs are called, with which key. */
function watched(backend: Backend = memoryBackend()): Backend & { calls: string[] } {
  const calls: string[] = []
  const verbs = ['create', 'replace', 'end'] as const
  const told = verbs.map(verb => [
    verb,
    (key: string, ...rest: unknown[]) => {
      calls.push(`${verb} ${key}`)
      return (backend[verb] as (...args: unknown[]) => unknown)(key, ...rest)
    },
  ])
  return { ...backend, ...Object.fromEntries(told), calls }
}

describe('a shared record', () => {
  it('is under the bare key, and its end is nothing but an end', async () => {
    const backend = watched()
    const provider = createProvider(backend, { layout: shared })
    const session = await provider.sessionRead('none')
    session.set('n', 1)
    await session.save()
    const sid = session.sessionId()
    await provider.sessionDestroy(sid)
    expect(backend.calls).toEqual([`create ${sid}`, `end ${sid}`])
  })

  it('may have a prefix all the same', async () => {
    const backend = watched()
    const session = await createProvider(backend, { layout: shared, keyPrefix: 'p:' }).sessionRead('none')
    session.set('n', 1)
    await session.save()
    expect(backend.calls).toEqual([`create p:${session.sessionId()}`])
  })

  it('has no age: what depends on it is refused', () => {
    const provider = createProvider(memoryBackend(), { layout: shared })
    const refusal = expect.objectContaining({ code: 'ERR_CONFIG_OPTION', field: 'timeouts.absolute' })
    expect(() => createSessionManager({ provider })).toThrow(refusal)
    const renewal = { after: '1h' } as const
    expect(() => createSessionManager({ provider, timeouts: { absolute: 'none', renewal } })).toThrow(refusal)
    expect(() => createSessionManager({ provider, timeouts: { absolute: 'none' } })).not.toThrow()
  })
})

describe('the layout', () => {
  it('is that of the backend, where it has one', () => {
    const kept = { ...memoryBackend(), layout: shared }
    const refusal = expect.objectContaining({ code: 'ERR_CONFIG_OPTION', field: 'layout' })
    const { newSid, acceptsSid, keyOf } = shared
    expect(() => createProvider(kept)).not.toThrow()
    expect(() => createProvider(kept, { layout: { newSid, acceptsSid, keyOf } })).toThrow(refusal)
    expect(() => createProvider({ ...kept, layout: { ...shared, revisionIn: 'header' } }, { layout: shared })).toThrow(
      refusal,
    )
  })
})

describe('a codec', () => {
  /** Tells what each body took the place of. */
  function telling(): Codec & { told: CodecPlace['replaces'][] } {
    const told: CodecPlace['replaces'][] = []
    const inner = richJson()
    return {
      ...inner,
      told,
      name: 'telling',
      encode(data, at) {
        told.push(at.replaces)
        return inner.encode(data, at)
      },
    }
  }

  it('is told what its body takes the place of, as it wrote that, under a new sid too', async () => {
    const codec = telling()
    const session = await createProvider(memoryBackend(), { codec }).sessionRead('none')
    session.set('n', 1)
    await session.save()
    session.set('n', 2)
    await session.save()
    session.regenerate()
    await session.save()
    expect(codec.told).toEqual([undefined, '{"n":1}', '{"n":2}'])
  })

  it('inside another is not told, since that one has other bytes', async () => {
    const codec = telling()
    const around = encrypted(compressed(codec), { keys: ['k'.repeat(32)] })
    const session = await createProvider(memoryBackend(), { codec: around }).sessionRead('none')
    session.set('n', 1)
    await session.save()
    session.set('n', 2)
    await session.save()
    expect(codec.told).toEqual([undefined, undefined])
  })
})

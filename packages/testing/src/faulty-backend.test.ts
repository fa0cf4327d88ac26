import { createProvider, createSessionManager, memoryBackend } from '@sentinel-session/core'
import { expect, it } from 'vitest'
import { cookieFor } from './cookie-for.ts'
import { faultyBackend } from './faulty-backend.ts'

const fields = () => ({ createdAt: Date.now(), expiresAt: Date.now() + 60_000, body: '{}' })

it('fails a verb without executing it, until it is healed', async () => {
  const backend = faultyBackend(memoryBackend())
  backend.fail('create')
  await expect(backend.create('k', fields())).rejects.toMatchObject({ code: 'ERR_BACKEND_UNAVAILABLE', status: 503 })
  expect(await backend.count()).toBe(0)
  backend.heal()
  expect(await backend.create('k', fields())).not.toBeNull()
})

it('fails with the error that is given', async () => {
  const backend = faultyBackend(memoryBackend())
  backend.fail('read', new Error('mine'))
  await expect(backend.read('k')).rejects.toThrow('mine')
})

it('loses a reply of what was done', async () => {
  const backend = faultyBackend(memoryBackend())
  backend.loseReply('create')
  await expect(backend.create('k', fields())).rejects.toMatchObject({ code: 'ERR_BACKEND_UNAVAILABLE' })
  expect(await backend.read('k')).toMatchObject({ body: '{}' })
})

it('delays a verb', async () => {
  const backend = faultyBackend(memoryBackend())
  backend.delay('create', '20ms')
  const created = backend.create('k', fields())
  expect(await backend.read('k')).toBeNull()
  expect(await created).not.toBeNull()
})

it('makes a visitor who has a session', async () => {
  const manager = createSessionManager<{ user: string }>({ provider: createProvider(memoryBackend()) })
  const cookie = await cookieFor(manager, { user: 'ada' })
  const { session } = await manager.open({
    secure: true,
    host: 'h',
    url: '/',
    header: name => (name.toLowerCase() === 'cookie' ? cookie : undefined),
  })
  expect(session.get('user')).toBe('ada')
  await expect(cookieFor(createSessionManager({ header: 'X-Sid' }), {})).rejects.toMatchObject({
    code: 'ERR_CONFIG_COOKIE',
  })
})

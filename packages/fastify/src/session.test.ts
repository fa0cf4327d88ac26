import { createProvider, createSessionManager, memoryBackend } from '@sentinel-session/core'
import { cookieFor, faultyBackend } from '@sentinel-session/testing'
import Fastify, { type FastifyInstance, type LightMyRequestResponse } from 'fastify'
import { describe, expect, it, vi } from 'vitest'
import { exchange } from './exchange.ts'
import { session } from './session.ts'

const pairOf = ({ cookies }: LightMyRequestResponse): string => `${cookies.at(-1)!.name}=${cookies.at(-1)!.value}`

async function appWith(options: Parameters<typeof session>[1] = {}): Promise<FastifyInstance> {
  const app = Fastify()
  await app.register(session, options)
  app.get('/', async ({ session }) => {
    session.update('n', (n: number | undefined) => (n ?? 0) + 1)
    return { n: session.get('n') }
  })
  return app
}

describe('the Fastify plugin', () => {
  it('works with inject(), as tests of Fastify do', async () => {
    const app = await appWith()
    const first = await app.inject('/')
    const second = await app.inject({ url: '/', headers: { cookie: pairOf(first) } })
    expect([first.json(), second.json(), second.cookies]).toEqual([{ n: 1 }, { n: 2 }, []])
  })

  it('is there in the contexts below the one that it is registered in, and not beside it', async () => {
    const app = Fastify()
    await app.register(async part => {
      await part.register(session)
      part.get('/in', async request => ({ has: request.session !== undefined }))
    })
    app.get('/beside', async request => ({ has: request.session !== undefined }))
    expect((await app.inject('/in')).json()).toEqual({ has: true })
    expect((await app.inject('/beside')).json()).toEqual({ has: false })
  })

  it('gives its manager to the app, under the name of the session', async () => {
    const manager = createSessionManager()
    const app = await appWith({ manager })
    await app.register(session, { as: 'admin', cookie: { name: '__Host-admin' } })
    expect(app.sessionManager).toBe(manager)
    expect(app).toHaveProperty('adminManager')
    expect((await app.inject({ url: '/', headers: { cookie: await cookieFor(manager, { n: 4 }) } })).json()).toEqual({
      n: 5,
    })
  })

  it('refuses a second session of the same name, and what it does not know', async () => {
    await expect(appWith().then(app => app.register(session))).rejects.toMatchObject({ field: 'as' })
    await expect(appWith({ prefix: 'x:' } as never)).rejects.toMatchObject({ code: 'ERR_CONFIG_OPTION' })
  })

  it('leaves an error of a commit to the error handler, without the headers of the answer', async () => {
    const store = faultyBackend(memoryBackend())
    const app = await appWith({ provider: createProvider(store) })
    app.get('/page', async (request, reply) => {
      request.session.set('a', 1)
      return reply.header('ETag', '"1"').header('X-Request-Id', '7').send({ page: 1 })
    })
    app.setErrorHandler((error: Error & { code?: string }, _, reply) => reply.code(503).send({ told: error.code }))
    store.fail('create')
    const { statusCode, headers, body } = await app.inject('/page')
    expect([statusCode, JSON.parse(body)]).toEqual([503, { told: 'ERR_BACKEND_UNAVAILABLE' }])
    expect([headers.etag, headers['x-request-id']]).toEqual([undefined, '7'])
  })

  it('lets go of a stream that cannot be sent', async () => {
    const { Readable } = await import('node:stream')
    const store = faultyBackend(memoryBackend())
    const app = await appWith({ provider: createProvider(store) })
    const body = Readable.from(['never', 'read'])
    app.get('/stream', (request, reply) => {
      request.session.set('a', 1)
      reply.send(body)
    })
    store.fail('create')
    expect((await app.inject('/stream')).statusCode).toBe(503)
    expect(body.destroyed).toBe(true)
  })

  it('keeps what a hijacked reply saves itself', async () => {
    const manager = createSessionManager()
    const app = await appWith({ manager })
    app.get('/hijack', async (request, reply) => {
      reply.hijack()
      request.session.set('kept', true)
      await request.session.save()
      reply.raw.end('mine')
    })
    const cookie = await cookieFor(manager, { n: 1 })
    expect((await app.inject({ url: '/hijack', headers: { cookie } })).body).toBe('mine')
    expect((await manager.read(cookie.split('=')[1]!))?.get('kept')).toBe(true)
  })

  it('is closed with the app, but for what it was given', async () => {
    const backend = memoryBackend()
    const close = vi.spyOn(backend, 'close')
    const app = await appWith({ provider: createProvider(backend) })
    await app.close()
    expect(close).not.toHaveBeenCalled()
  })
})

describe('exchange', () => {
  it("lets Beego's verbs work without the plugin", async () => {
    const manager = createSessionManager()
    const app = Fastify()
    app.get('/', async (request, reply) => {
      const visit = await manager.sessionStart(exchange(request, reply))
      visit.update('n', (n: number | undefined) => (n ?? 0) + 1)
      await visit.sessionRelease()
      return { n: visit.get('n') }
    })
    const first = await app.inject('/')
    const second = await app.inject({ url: '/', headers: { cookie: pairOf(first) } })
    expect([second.json(), first.headers.vary]).toEqual([{ n: 2 }, 'Cookie'])
  })

  it('refuses a sid that comes after the head', async () => {
    const manager = createSessionManager()
    const app = Fastify()
    let code: unknown
    app.get('/', async (request, reply) => {
      const visit = await manager.sessionStart(exchange(request, reply))
      visit.set('n', 1)
      reply.hijack()
      reply.raw.writeHead(200).write('the head')
      code = await visit.sessionRelease().catch(error => error.code)
      reply.raw.end()
    })
    await app.inject('/')
    expect(code).toBe('ERR_SESSION_READ_ONLY')
  })
})

/** What Express and its middleware do with a response, while it is held and when the session cannot be stored. */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { PassThrough, Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { createSessionManager } from '@sentinel-session/core'
import { session } from '@sentinel-session/express'
import compression from 'compression'
import express, { type ErrorRequestHandler, type RequestHandler } from 'express'
import { describe, expect, it } from 'vitest'
import { expressSite } from './support/express-site.ts'
import { rawExchange, requestText } from './support/raw-exchange.ts'

const FILE = fileURLToPath(new URL('../../../pnpm-lock.yaml', import.meta.url))

const touching =
  (handler: RequestHandler): RequestHandler =>
  (req, res, next) => {
    req.session.set('a', 1)
    return handler(req, res, next)
  }

const forEver = async function* () {
  while (true) yield 'again and '.repeat(2_000)
}

const until = async (isTrue: () => unknown): Promise<void> => {
  while (!isTrue()) await new Promise(resolve => setTimeout(resolve, 5))
}

describe('sendFile', () => {
  const sendFile = touching((_req, res) => res.sendFile(FILE))

  it('answers 304 with the cookie, where the browser has the file', async () => {
    await using site = await expressSite(sendFile)
    const first = await site.get()
    await first.arrayBuffer()
    // fetch would ask for no cache at all.
    const second = await rawExchange(site.port, requestText('GET', [`If-None-Match: ${first.headers.get('etag')}`]))
    expect(second).toMatch(/^HTTP\/1\.1 304 Not Modified\r\n[\s\S]*\r\n\r\n$/)
    expect(second).toContain(`ETag: ${first.headers.get('etag')}\r\n`)
    expect(second.match(/^Set-Cookie: __Host-sid=/gm)).toHaveLength(1)
  })

  it('answers ranges', async () => {
    await using site = await expressSite(sendFile)
    const whole = await (await site.get()).text()
    const part = await site.get({ range: 'bytes=10-19' })
    expect([part.status, await part.text(), part.headers.getSetCookie().length]).toEqual([206, whole.slice(10, 20), 1])
  })

  it('is dropped as a whole where the session cannot be stored', async () => {
    await using site = await expressSite(sendFile)
    site.store.fail('create')
    const { status, headers } = await site.get({ range: 'bytes=10-19' })
    expect([status, headers.get('retry-after'), headers.getSetCookie()]).toEqual([503, '1', []])
    expect(['etag', 'last-modified', 'accept-ranges', 'content-range'].map(name => headers.get(name))).toEqual(
      Array(4).fill(null),
    )
  })
})

describe.each([
  ['around', { around: [compression({ threshold: 0 })] }],
  ['inside', { inside: [compression({ threshold: 0 })] }],
])('compression %s the session', (_, parts) => {
  const gzip = { 'accept-encoding': 'gzip' }

  it.each([
    ['send', touching((_req, res) => res.send('again and '.repeat(2_000)))],
    [
      'write',
      touching((_req, res) => {
        res.type('text').write('again and '.repeat(2_000))
        res.end()
      }),
    ],
    ['pipe', touching((_req, res) => void Readable.from(['again and '.repeat(2_000)]).pipe(res.type('text')))],
  ])('compresses %s', async (_name, handler) => {
    await using site = await expressSite(handler, parts)
    site.store.delay('create', '20ms')
    const response = await site.get(gzip)
    expect(response.headers.get('content-encoding')).toBe('gzip')
    expect(await response.text()).toBe('again and '.repeat(2_000))
    expect(response.headers.getSetCookie()).toHaveLength(1)
  })

  it('leaves the error page readable', async () => {
    await using site = await expressSite(
      touching((_req, res) => res.send('again and '.repeat(2_000))),
      parts,
    )
    site.store.fail('create')
    const response = await site.get(gzip)
    expect([response.status, response.headers.getSetCookie()]).toEqual([503, []])
    expect(await response.text()).toMatch(/<!DOCTYPE html>[\s\S]*<\/html>/)
  })

  it('lets the error page of an application stream', async () => {
    const page: ErrorRequestHandler = (error, _req, res, _next) => res.status(error.status).sendFile(FILE)
    await using site = await expressSite(
      touching((_req, res) => void Readable.from(forEver()).pipe(res.type('text'))),
      { ...parts, more: app => app.use(page) },
    )
    site.store.fail('create')
    const response = await site.get(gzip)
    expect([response.status, (await response.text()) === readFileSync(FILE, 'utf8')]).toEqual([503, true])
  })
})

describe('back-pressure', () => {
  it('a source is read no further than a response takes while it is held, and arrives whole', async () => {
    let made = 0
    let open = (): void => {}
    const opened = new Promise<void>(resolve => {
      open = resolve
    })
    const source = async function* () {
      for (; made < 200; made += 1) yield 'x'.repeat(8_192)
    }
    let most = 0
    await using site = await expressSite(
      touching((_req, res) => {
        most = res.writableHighWaterMark
        Readable.from(source()).pipe(res)
      }),
      { opened },
    )
    const answer = site.get()
    await until(() => made > 0)
    for (let turn = 0; turn < 100; turn += 1) await new Promise(resolve => setImmediate(resolve))
    // One more waits in the source itself.
    expect(made).toBeLessThanOrEqual(most / 8_192 + 2)
    open()
    expect((await (await answer).text()).length).toBe(200 * 8_192)
  })

  it('write says when to wait, and drain when to go on', async () => {
    const seen: unknown[] = []
    await using site = await expressSite(
      touching((_req, res) => {
        const most = res.writableHighWaterMark
        seen.push(res.write('x'.repeat(most - 1)), res.writableNeedDrain, res.writableLength === most - 1)
        seen.push(res.write('xx'), res.writableNeedDrain, res.writableLength === most + 1)
        res.once('drain', () => res.end('end'))
      }),
    )
    site.store.delay('create', '20ms')
    expect(await (await site.get()).text()).toMatch(/^x{16384,}end$/)
    expect(seen).toEqual([true, false, true, false, true, true])
  })
})

describe('a middleware behind the session', () => {
  it('may change the session when the head is made', async () => {
    const atHead: RequestHandler = (req, res, next) => {
      const { writeHead } = res
      res.writeHead = (...args: unknown[]) => {
        req.session.set('seen', true)
        res.appendHeader('X-Heads', 'one')
        return (writeHead as (...args: unknown[]) => typeof res).apply(res, args)
      }
      next()
    }
    await using site = await expressSite((_req, res) => res.send('text'), { inside: [atHead] })
    const response = await site.get()
    expect([await response.text(), response.headers.get('x-heads')]).toEqual(['text', 'one'])
    expect([response.headers.getSetCookie().length, await site.store.count()]).toEqual([1, 1])
  })

  it('finds the methods of Node again when the head has left', async () => {
    let isOutOfTheWay = false
    await using site = await expressSite(
      touching(async (_req, res) => {
        res.write('one')
        await until(() => !Object.hasOwn(res, 'headersSent'))
        const { write, end, writeHead, flushHeaders } = Object.getPrototypeOf(express.response)
        isOutOfTheWay =
          res.write === write && res.end === end && res.writeHead === writeHead && res.flushHeaders === flushHeaders
        res.end('two')
      }),
    )
    expect(await (await site.get()).text()).toBe('onetwo')
    expect(isOutOfTheWay).toBe(true)
  })
})

describe('a handler that throws', () => {
  it.each([
    [
      'at once',
      touching(() => {
        throw new Error('of the handler')
      }),
    ],
    ['later', touching(() => Promise.reject(new Error('of the handler')))],
  ])('%s is 500, and nothing is stored', async (_, handler) => {
    await using site = await expressSite(handler)
    const response = await site.get()
    expect([response.status, response.headers.getSetCookie(), await site.store.count()]).toEqual([500, [], 0])
  })

  it('after its answer has begun loses the connection, as with every answer under way; its session is stored', async () => {
    await using site = await expressSite(
      touching((_req, res) => {
        res.write('half of it')
        throw new Error('of the handler')
      }),
    )
    await expect(site.get().then(response => response.text())).rejects.toThrow()
    await expect.poll(() => site.store.count(), { timeout: 10_000 }).toBe(1)
  })
})

describe('when the session cannot be stored', () => {
  it('a handler that goes on for ever does not disturb the answer of the error', async () => {
    let after = 0
    let timer: NodeJS.Timeout | undefined
    await using site = await expressSite(
      touching((_req, res) => {
        res.type('text/event-stream').flushHeaders()
        timer = setInterval(() => {
          if (!res.write('data: more\n\n')) after += 1
        }, 1)
      }),
    )
    site.store.fail('create')
    const response = await site.get()
    expect([response.status, response.headers.get('content-type')]).toEqual([503, 'text/html; charset=utf-8'])
    expect(await response.text()).toMatch(/^<!DOCTYPE html>[\s\S]*<\/html>\n$/)
    await until(() => after > 5)
    clearInterval(timer)
  })

  it('its error handler sees the error and a response that has not begun', async () => {
    const seen: unknown[] = []
    const page: ErrorRequestHandler = (error, req, res, _next) => {
      seen.push(error.code, res.headersSent, res.writableEnded, res.statusCode, req.session.has('a'))
      res.json({ sorry: true })
    }
    await using site = await expressSite(
      touching((_req, res) => res.redirect('/next')),
      { more: app => app.use(page) },
    )
    site.store.fail('create')
    const response = await site.get()
    expect([response.status, await response.json(), response.headers.get('location')]).toEqual([
      503,
      { sorry: true },
      null,
    ])
    expect(seen).toEqual(['ERR_BACKEND_UNAVAILABLE', false, false, 503, true])
  })

  it('and the head left before the session began, the connection is cut', async () => {
    await using site = await expressSite(
      touching((_req, res) => void res.end('end')),
      {
        around: [
          (_req, res, next) => {
            res.flushHeaders()
            next()
          },
        ],
      },
    )
    site.store.fail('create')
    await expect(site.get().then(response => response.text())).rejects.toThrow()
  })
})

it('what Node finds wrong only when it writes goes to next(error), and the session is kept', async () => {
  await using site = await expressSite(
    touching((_req, res) => void res.writeHead(200, { Trailer: 'X-Sum', 'Content-Length': 4 }).end('four')),
  )
  const response = await site.get()
  expect([response.status, response.headers.getSetCookie().length, await site.store.count()]).toEqual([500, 1, 1])
})

describe('a client that leaves', () => {
  it.each([
    ['while the answer is held', touching((_req, res) => void res.end('nobody'))],
    [
      'before a file is sent',
      touching(async (req, res) => {
        await once(req.socket, 'close')
        res.sendFile(FILE)
      }),
    ],
    ['before a stream has anything', touching((_req, res) => void new PassThrough().pipe(res))],
    [
      'before a stream is piped',
      touching(async (req, res) => {
        await once(req.socket, 'close')
        Readable.from(['one']).pipe(res)
      }),
    ],
  ] as const)('%s loses nothing', async (_, handler) => {
    let isAsked = false
    const asked: RequestHandler = (_req, _res, next) => {
      isAsked = true
      next()
    }
    await using site = await expressSite(handler, { inside: [asked] })
    site.store.delay('create', '50ms')
    const socket = connect(site.port, '127.0.0.1', () => socket.write(requestText('GET')))
    await until(() => isAsked)
    socket.destroy()
    await expect.poll(() => site.store.count(), { timeout: 10_000 }).toBe(1)
  })

  it('a response that its handler destroys while it is held is stored too', async () => {
    await using site = await expressSite(
      touching((_req, res) => {
        res.write('one')
        res.destroy()
      }),
    )
    await expect(site.get().then(response => response.text())).rejects.toThrow()
    await expect.poll(() => site.store.count(), { timeout: 10_000 }).toBe(1)
  })
})

describe('a name that is taken', () => {
  it('is an error', async () => {
    await using site = await expressSite((_req, res) => res.send('text'), { inside: [session()] })
    const response = await site.get()
    expect([response.status, await response.text()]).toEqual([500, expect.stringContaining('is taken')])
  })
})

it('of() says where the middleware did not run', () => {
  const sessions = session({ manager: createSessionManager() })
  const req = {} as Parameters<typeof sessions.of>[0]
  expect(() => sessions.of(req)).toThrow(expect.objectContaining({ code: 'ERR_SESSION_ABSENT' }))
})

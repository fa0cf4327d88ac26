/** Every way in which a handler can answer, and what it may look at meanwhile. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { pipeline, Readable } from 'node:stream'

export type Log = (seen: unknown) => void
export type Form = (res: ServerResponse, log: Log, req: IncomingMessage) => void

/** How large the chunks are that a cork makes, depends on what is written while it is there. */
function whenReleased(res: ServerResponse, work: () => void): void {
  if (Object.hasOwn(res, 'headersSent')) setTimeout(whenReleased, 1, res, work)
  else work()
}

/** How the response stands, as far as it may say so. */
const stand = (res: ServerResponse): unknown => [res.headersSent, res.writableEnded, res.statusCode]

/** The code of the error that something throws. */
function thrown(work: () => unknown): unknown {
  try {
    work()
    return 'nothing'
  } catch (error) {
    return (error as { code?: string }).code
  }
}

const done = (log: Log, what: string) => (error?: Error | null) => log([what, (error as { code?: string })?.code])
// biome-ignore lint/suspicious/noExplicitAny: what types forbid and JavaScript does not
const untyped = (res: ServerResponse): any => res

export const forms: Record<string, Form> = {
  'end()': res => res.end(),
  'end(text)': (res, log) => {
    log(res.end('text') === res)
    log(stand(res))
  },
  'end(bytes)': res => res.end(Buffer.from('bytes')),
  'end(callback)': (res, log) => res.end(done(log, 'end')),
  'end(text, encoding, callback)': (res, log) => res.end('6869', 'hex', done(log, 'end')),
  'end(text) with a type': res => res.setHeader('Content-Type', 'text/plain').end('text'),
  'end twice': (res, log) => {
    res.end('one', done(log, 'first'))
    log(stand(res))
    res.end(done(log, 'second'))
  },
  'writeHead(status)': (res, log) => {
    log(res.writeHead(201) === res)
    log(stand(res))
    res.end('made')
  },
  'writeHead(status, message)': res => res.writeHead(201, 'Made').end('made'),
  'writeHead(status, headers)': res => res.writeHead(200, { 'X-One': '1', 'Content-Length': 4 }).end('four'),
  'writeHead(status, message, headers)': res => res.writeHead(200, 'Fine', { 'X-One': ['1', '2'] }).end('four'),
  'writeHead(status, undefined, headers)': res => untyped(res).writeHead(200, undefined, { 'X-One': '1' }).end(),
  'writeHead(status, list)': res => res.writeHead(200, ['X-One', '1', 'X-Two', '2']).end(),
  'writeHead(status, list with a name twice)': res =>
    res.writeHead(200, ['Set-Cookie', 'a=1', 'Set-Cookie', 'b=2']).end(),
  'writeHead(status, list of pairs)': res =>
    untyped(res)
      .writeHead(200, [
        ['X-One', '1'],
        ['X-Two', '2'],
      ])
      .end(),
  'writeHead over setHeader': res => res.setHeader('X-One', 'old').writeHead(200, { 'x-one': 'new' }).end(),
  'writeHead that Node refuses': (res, log) => {
    log(thrown(() => res.writeHead(99)))
    log(thrown(() => res.writeHead(1000)))
    log(thrown(() => res.writeHead(200, { 'X-One': 'a\nb' })))
    log(thrown(() => res.writeHead(200, { 'no name': '1' })))
    log(thrown(() => res.writeHead(200, ['X-One'])))
    log(thrown(() => res.writeHead(200, 'a\nb')))
    res.statusMessage = ''
    res.end('after all')
  },
  write: (res, log) => {
    log(res.write('one', done(log, 'one')))
    log(stand(res))
    res.write('74776f', 'hex', done(log, 'two'))
    res.write(Buffer.from('three'), done(log, 'three'))
    res.end('four', done(log, 'end'))
    log(stand(res))
  },
  'write with a length': res => {
    res.setHeader('Content-Length', 6)
    res.write('one')
    res.end('two')
  },
  'write that Node refuses': (res, log) => {
    for (const chunk of [null, undefined, 1, {}]) log(thrown(() => untyped(res).write(chunk)))
    log(thrown(() => untyped(res).end(1)))
    res.end('after all')
  },
  'write after the end': (res, log) => {
    res.on('error', done(log, 'error'))
    res.end('one')
    log(res.write('two', done(log, 'two')))
    res.end('three')
  },
  'headers after the head': (res, log) => {
    res.write('one')
    log(thrown(() => res.setHeader('X-One', '1')))
    log(thrown(() => res.appendHeader('X-One', '1')))
    log(thrown(() => res.removeHeader('X-One')))
    log(thrown(() => res.writeHead(404)))
    log(res.getHeader('X-One'))
    res.statusCode = 404
    res.end()
  },
  flushHeaders: (res, log) => {
    res.setHeader('X-One', '1')
    res.flushHeaders()
    log(stand(res))
    setTimeout(() => res.end('later'), 20)
  },
  cork: res => {
    res.cork()
    res.write('one')
    res.write('two')
    whenReleased(res, () => {
      res.uncork()
      res.end('three')
    })
  },
  trailers: (res, _log, req) => {
    // Node refuses trailers where there is no body.
    if (req.method !== 'HEAD') {
      res.writeHead(200, { Trailer: 'X-Sum' })
      res.write('one')
      res.addTrailers({ 'X-Sum': '1' })
    }
    res.end()
  },
  '204': res => res.writeHead(204).end(),
  '304': res => res.writeHead(304, { ETag: '"1"' }).end(),
  pipe: (res, log) => {
    Readable.from(['one', 'two']).pipe(res)
    log(stand(res))
    res.setHeader('X-Late', 'before the first byte')
  },
  pipeline: (res, log) => {
    pipeline(Readable.from(['one', 'two']), res, done(log, 'pipeline'))
  },
  'finish and close': (res, log) => {
    res.on('finish', () => log('finish')).on('close', () => log('close'))
    res.end('text', () => log('end'))
  },
  'early hints, processing': res => {
    res.writeEarlyHints({ link: '</a.css>; rel=preload' })
    res.writeProcessing()
    res.end('text')
  },
  setTimeout: (res, log) => {
    log(res.setTimeout(60_000, () => undefined) === res)
    res.end('text')
  },
}

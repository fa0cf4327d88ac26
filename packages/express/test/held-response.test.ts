/** What holding a response may change: nothing but when it leaves, and with which headers of the session. */
import { describe, expect, it } from 'vitest'
import { type Form, forms } from './support/forms.ts'
import { startForm, type Use } from './support/held-app.ts'
import { rawExchange, requestText, withoutSession } from './support/raw-exchange.ts'

interface Outcome {
  wire: string
  seen: unknown[]
}

async function answerOf(form: Form, use: Use, request: string): Promise<Outcome> {
  await using app = await startForm(form, use)
  return { wire: await rawExchange(app.port, request), seen: app.seen }
}

describe.each(['an untouched session', 'a slow commit'] as const)('with %s', use => {
  describe.each(['GET', 'HEAD'])('%s', method => {
    it.each(Object.entries(forms))('%s is as without one', async (_, form) => {
      const request = requestText(method)
      const without = await answerOf(form, 'no session', request)
      const held = await answerOf(form, use, request)
      expect({ ...held, wire: withoutSession(held.wire) }).toEqual({ ...without, wire: withoutSession(without.wire) })
      expect(/^Set-Cookie: __Host-sid=/m.test(held.wire)).toBe(use === 'a slow commit')
    })
  })

  it('requests that come in one packet are answered in order', async () => {
    const form: Form = (res, _log, req) => res.end(`body of ${req.url};`)
    const both = `GET /one HTTP/1.1\r\nHost: localhost\r\n\r\n${requestText('GET')}`
    const { wire } = await answerOf(form, use, both)
    expect(wire.match(/body of .*?;/g)).toEqual(['body of /one;', 'body of /;'])
  })

  it('100 Continue is not held', async () => {
    const form: Form = (res, _log, req) => {
      let body = ''
      req.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk
      })
      req.on('end', () => res.end(body))
    }
    const request = requestText('POST', ['Expect: 100-continue', 'Content-Length: 4'], 'body')
    const { wire } = await answerOf(form, use, request)
    expect(wire).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n[\s\S]*body$/)
  })

  it('101 by hand leaves the connection to the handler', async () => {
    const form: Form = res => {
      res.writeHead(101, { Upgrade: 'echo', Connection: 'Upgrade' })
      res.flushHeaders()
      res.socket!.end('another protocol')
    }
    const { wire } = await answerOf(form, use, requestText('GET'))
    expect(wire).toMatch(/^HTTP\/1\.1 101 Switching Protocols\r\n[\s\S]*another protocol$/)
  })
})

/** The example of the README, as its reader would run it, on a real Sentinel deployment. */
import { type SentinelTrio, startSentinel } from '@sentinel-session/testing/sentinel'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { freePort, type Program, startProgram } from './support/program.ts'

let trio: SentinelTrio
let server: Program
let origin: string

beforeAll(async () => {
  trio = await startSentinel()
  const port = await freePort()
  origin = `http://localhost:${port}`
  server = startProgram([new URL('../server.mjs', import.meta.url).pathname], {
    SAVE_PATH: trio.savePath,
    PORT: String(port),
  })
  expect(await server.firstLine).toBe(origin)
})

afterAll(async () => {
  await server?.kill()
  await trio?.stop()
})

interface Answer {
  status: number
  /** `name=value`; empty when it was deleted, undefined when nothing was said. */
  cookie: string | undefined
  body: unknown
}

async function ask(method: 'GET' | 'POST', path: string, cookie?: string): Promise<Answer> {
  const headers = cookie === undefined ? {} : { cookie }
  const response = await fetch(origin + path, { method, headers, redirect: 'manual' })
  const text = await response.text()
  const [set] = response.headers.getSetCookie()
  const isJson = response.headers.get('content-type')?.startsWith('application/json')
  return {
    status: response.status,
    cookie: set === undefined || !set.includes('Max-Age=0') ? set?.split(';')[0] : '',
    body: isJson ? JSON.parse(text) : text,
  }
}

it('counts views, logs in under a new sid, and forgets all at the logout', async () => {
  const first = await ask('GET', '/')
  expect(first).toEqual({ status: 200, cookie: expect.stringMatching(/^__Host-sid=[\w-]{43}$/), body: { views: 1 } })
  expect(await ask('GET', '/', first.cookie)).toEqual({ status: 200, cookie: undefined, body: { views: 2 } })

  const login = await ask('POST', '/login', first.cookie)
  expect([login.status, login.cookie]).toEqual([302, expect.stringMatching(/^__Host-sid=/)])
  expect(login.cookie).not.toBe(first.cookie)
  expect((await ask('GET', '/', login.cookie)).body).toEqual({ user: 'ada', views: 3 })

  expect(await ask('POST', '/logout', login.cookie)).toEqual({ status: 200, cookie: '', body: { user: null } })
  expect((await ask('GET', '/', login.cookie)).body).toEqual({ views: 1 })
})

it('answers after a failover with the session that was there before', async () => {
  const { cookie } = await ask('POST', '/login')
  await trio.killPrimary()
  expect(await ask('GET', '/', cookie)).toMatchObject({ status: 200, body: { user: 'ada', views: 1 } })
})

it('F-31: answers what is under way when it is told to end, though Redis is frozen meanwhile', async () => {
  const { cookie } = await ask('GET', '/')
  const primary = await trio.currentPrimary()
  await trio.pause(primary)
  const waiting = ask('GET', '/', cookie)
  await new Promise(resolve => setTimeout(resolve, 100))
  server.signal('SIGTERM')
  await new Promise(resolve => setTimeout(resolve, 100))
  await trio.resume(primary)
  expect(await waiting).toMatchObject({ status: 200, body: { views: 2 } })
  expect(await server.ended).toBe(0)
})

/** The example as its reader would run it, on a real Sentinel deployment. */
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

async function ask(method: 'GET' | 'POST', path: string, cookie = ''): Promise<Response> {
  return fetch(origin + path, { method, headers: { cookie }, redirect: 'manual' })
}

const cookieOf = (response: Response): string => response.headers.getSetCookie()[0]!.split(';')[0]!

it('counts views, logs in under a new sid, forgets all at the logout, and ends when it is told to', async () => {
  const first = await ask('GET', '/')
  expect(await first.json()).toEqual({ views: 1 })
  const login = await ask('POST', '/login', cookieOf(first))
  expect([login.status, cookieOf(login) === cookieOf(first)]).toEqual([302, false])
  expect(await (await ask('GET', '/', cookieOf(login))).json()).toEqual({ user: 'ada', views: 2 })
  expect(await (await ask('POST', '/logout', cookieOf(login))).json()).toEqual({ user: null })
  expect(await (await ask('GET', '/', cookieOf(login))).json()).toEqual({ views: 1 })
  server.signal('SIGTERM')
  expect(await server.ended).toBe(0)
})

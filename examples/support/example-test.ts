/** What every example is: views that are counted, a login, a logout, on a real Sentinel deployment. */
import { type SentinelTrio, startSentinel } from '@sentinel-session/testing/sentinel'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { freePort, type Program, type ProgramOptions, startProgram } from './program.ts'

export interface Answer {
  status: number
  /** `name=value`; empty when it was deleted, undefined when nothing was said. */
  cookie: string | undefined
  body: unknown
}

export interface Example {
  trio(): SentinelTrio
  server(): Program
  ask(method: 'GET' | 'POST', path: string, cookie?: string): Promise<Answer>
}

/** Starts the program once for a test file, and tests what all examples do. */
export function exampleTest(args: readonly string[], options: Omit<ProgramOptions, 'env' | 'code'>): Example {
  let trio: SentinelTrio
  let server: Program
  let origin: string

  beforeAll(async () => {
    trio = await startSentinel()
    const port = await freePort()
    origin = `http://localhost:${port}`
    server = startProgram(args, { ...options, env: { SAVE_PATH: trio.savePath, PORT: String(port) } })
    expect(await server.firstLine).toBe(origin)
  })
  afterAll(async () => {
    await server?.kill()
    await trio?.stop()
  })

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

  return { trio: () => trio, server: () => server, ask }
}

/** Load and ledger together, on a server of a few lines that can be told to betray its users. */
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { balance } from './ledger.mjs'
import { startLoad } from './load.mjs'

function createServer(betray = () => undefined) {
  const sessions = new Map()
  let sids = 0
  async function send(_method, path, cookie) {
    const { pathname, searchParams } = new URL(path, 'http://localhost')
    const session = sessions.get(cookie)
    const betrayal = betray(pathname, sessions, cookie)
    if (betrayal !== undefined) return betrayal
    if (pathname === '/login') {
      const user = searchParams.get('user')
      sessions.set(`sid=${++sids}`, { user, n: 0, ops: [] })
      return { status: 200, setCookies: [`sid=${sids}`], body: { user } }
    }
    if (pathname === '/logout') sessions.delete(cookie)
    if (pathname === '/logout' || session === undefined) return { status: 200, body: { user: null } }
    session.n += 1
    session.ops.push(searchParams.get('op'))
    return { status: 200, body: { user: session.user, n: session.n } }
  }
  return { send, read: cookie => sessions.get(cookie) ?? { user: null } }
}

async function play(betray, logoutShare = 0) {
  const server = createServer(betray)
  const load = startLoad({ users: 3, thinkMs: 1, logoutShare, client: server })
  while (load.requests.length < 200) await sleep(5)
  await load.stop()
  return {
    load,
    result: balance(
      load.entries,
      load.entries.map(({ cookie }) => server.read(cookie)),
    ),
  }
}

/** Betrays once, the nth time that the path is asked for. */
const once = (path, nth, betrayal) => {
  let times = 0
  return (asked, sessions, cookie) => (asked === path && ++times === nth ? betrayal(sessions, cookie) : undefined)
}

it('balances on an honest server', async () => {
  const { load, result } = await play(undefined, 0.2)
  expect(result).toMatchObject({ lost: 0, duplicated: 0, resurrected: 0, sessionsLost: 0, silentlyEmpty: 0, unread: 0 })
  expect(result.logouts).toBeGreaterThan(0)
  expect(result.acknowledged + result.logouts + result.sessions).toBe(load.requests.length)
})

it('finds the update that the server only pretended to keep', async () => {
  const pretend = (sessions, cookie) => ({ status: 200, body: { user: sessions.get(cookie).user, n: 1 } })
  expect((await play(once('/count', 20, pretend))).result).toMatchObject({ lost: 1, duplicated: 0, sessionsLost: 0 })
})

it('finds the update that is there twice', async () => {
  const double = (sessions, cookie) => {
    const { ops } = sessions.get(cookie)
    ops.push(ops[0] ?? 'none')
  }
  expect((await play(once('/count', 20, double))).result.duplicated).toBeGreaterThan(0)
})

it('finds the session that survives its logout', async () => {
  const survive = () => ({ status: 200, body: { user: null } })
  expect((await play(once('/logout', 1, survive), 0.2)).result).toMatchObject({ resurrected: 1, lost: 0 })
})

it('finds the session that vanishes while it is used, and lets its user log in anew', async () => {
  const { result } = await play(once('/count', 20, (sessions, cookie) => void sessions.delete(cookie)))
  expect(result).toMatchObject({ sessionsLost: 1, silentlyEmpty: 1, sessions: 4 })
})

it('holds nothing against a server that fails openly', async () => {
  const { load, result } = await play(once('/count', 20, () => ({ status: 503 })))
  expect(result).toMatchObject({ lost: 0, sessionsLost: 0, silentlyEmpty: 0 })
  expect(load.requests.filter(({ failure }) => failure === '503')).toHaveLength(1)
})

/** Users at work: each logs in, counts about every 100 ms, and now and then logs out to log in again. One request at a time each. */
import { setTimeout as sleep } from 'node:timers/promises'
import { createJar } from './cookie-jar.mjs'
import { entryOf } from './ledger.mjs'

/**
 * @param {{ users: number, thinkMs: number, client: { send: Function }, logoutShare?: number }} options
 * `entries` are the sessions for the ledger; `requests` are `{ who, kind, start, end, failure }`, times as performance.now() has
 * them, failure undefined for a success.
 */
export function startLoad({ users, thinkMs, client, logoutShare = 0.01 }) {
  const entries = []
  const requests = []
  let isOver = false

  async function ask(who, jar, path) {
    const start = performance.now()
    const answer = await client.send('POST', path, jar.header())
    const failure = answer.error ?? (answer.body === undefined ? String(answer.status) : undefined)
    jar.take(answer.setCookies ?? [])
    requests.push({ who, kind: path.split('?')[0], start, end: performance.now(), failure })
    return answer.body
  }

  async function live(who) {
    const jar = createJar()
    let logins = 0
    let counts = 0
    let entry

    async function logIn() {
      const user = `u${who}.${++logins}`
      if ((await ask(who, jar, `/login?user=${user}`)) === undefined) return
      entry = entryOf(user, jar.header())
      entries.push(entry)
    }

    async function logOut() {
      const leaving = entry
      entry = undefined
      leaving.logout = 'unknown'
      if ((await ask(who, jar, '/logout')) !== undefined) leaving.logout = 'acknowledged'
    }

    async function count() {
      const op = `${who}-${++counts}`
      const body = await ask(who, jar, `/count?op=${op}`)
      if (body?.user === entry.user) {
        entry.acknowledged.push({ op, at: performance.now() })
        return
      }
      if (body === undefined) {
        entry.unknown.push(op)
        return
      }
      if (body.user === null) entry.empties += 1
      else entry.strangers += 1
      entry = undefined
    }

    await sleep(Math.random() * thinkMs)
    while (!isOver) {
      if (entry === undefined) await logIn()
      else if (Math.random() < logoutShare) await logOut()
      else await count()
      await sleep(thinkMs * (0.5 + Math.random()))
    }
  }

  const lives = Array.from({ length: users }, (_, who) => live(who))
  return {
    entries,
    requests,
    /** No user begins anything any more. */
    abandon() {
      isOver = true
    },
    /** Resolves when every request has its answer, or has waited long enough. */
    async stop() {
      isOver = true
      await Promise.all(lives)
    },
  }
}

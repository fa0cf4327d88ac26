/** A contestant under test: its process, its visitors, and what a slice of load costs it and Redis. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { quantile } from '../statistics.mjs'
import { ask, load } from './load.mjs'

const VISITORS = 200
const SERVE = fileURLToPath(new URL('serve.mjs', import.meta.url))

/** `execArgv`: flags for its Node. */
export async function startContestant(framework, kind, deployment, execArgv = []) {
  const env = { ...process.env, NODE_ENV: 'production', DEPLOYMENT: JSON.stringify(deployment) }
  const child = fork(SERVE, [framework, kind], { env, execArgv, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const told = async () => (await once(child, 'message'))[0]
  const { port } = await told()
  const visitors = new Map([[null, []]])

  async function usage() {
    const answer = told()
    child.send('usage')
    return answer
  }

  /** Those who are logged in, with a session of the size. */
  async function cookiesFor(session) {
    if (kind === 'floor') return []
    if (!visitors.has(session)) {
      const cookies = []
      for (let n = 0; n < VISITORS; n += 1) cookies.push(await logIn(port, session))
      visitors.set(session, cookies)
    }
    return visitors.get(session)
  }

  /** What so long a load costs, per request. */
  async function slice({ method, path, session }, { concurrency, ms, redis }) {
    const cookies = await cookiesFor(session)
    const about = { method, path, cookies, concurrency }
    await load(port, { ...about, ms: ms / 4 })
    const [stats, before] = [await redis.stats(), await usage()]
    const times = await load(port, { ...about, ms })
    const [after, statsAfter] = [await usage(), await redis.stats()]
    const cpuUs = after.cpu.user + after.cpu.system - before.cpu.user - before.cpu.system
    return {
      cpuUs: cpuUs / times.length,
      perSecond: (times.length / ms) * 1000,
      p50: quantile(times, 0.5),
      p99: quantile(times, 0.99),
      redis: redis.per(times.length, stats, statsAfter),
    }
  }

  /** Two requests at once on one session, each setting a field of its own: how many of so many pairs lose one. */
  async function lostPairs(pairs) {
    let lost = 0
    for (let n = 0; n < pairs; n += 1) {
      const cookie = await logIn(port, 'small')
      await Promise.all(['a', 'b'].map(name => ask(port, { method: 'POST', path: `/field?name=${name}`, cookie })))
      const { body } = await ask(port, { method: 'GET', path: '/fields', cookie })
      if (body.answer[0] !== 1 || body.answer[1] !== 1) lost += 1
    }
    return lost
  }

  const end = async () => {
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }
  /** Lets it end by itself: a profile is written then. */
  const leave = async () => {
    const ended = once(child, 'exit')
    child.disconnect()
    await ended
  }
  return { framework, kind, slice, lostPairs, usage, end, leave }
}

async function logIn(port, session) {
  const { status, cookies } = await ask(port, { method: 'POST', path: `/login?session=${session}` })
  if (status !== 200 || cookies.length === 0) throw new Error(`A login was answered with ${status} and no cookie.`)
  // The last of a name counts, as in a browser.
  const named = new Map(cookies.map(pair => [pair.split('=', 1)[0], pair]))
  return [...named.values()].join('; ')
}

/** A contestant under test: its process, its visitors, and what a slice of load costs it and Redis. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { quantile } from '../statistics.mjs'
import { ask, load } from './load.mjs'

const VISITORS = 200
const SERVE = fileURLToPath(new URL('serve.mjs', import.meta.url))

/** Several of a kind are told apart by their `name`; `execArgv` are flags for its Node. */
export async function startContestant(framework, kind, deployment, options = {}) {
  const { name = kind, visitors: count = VISITORS, execArgv = [] } = options
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
      for (let n = 0; n < count; n += 1) cookies.push(await cookieOf(port, session))
      visitors.set(session, cookies)
    }
    return visitors.get(session)
  }

  /** All visitors, with a session of that name each. */
  const logIn = async session => void (await cookiesFor(session))

  /** What so long a load costs, per request. Again, where the machine was too busy to answer any. */
  async function slice(workload, slicing) {
    const { method, path, session } = workload
    const { concurrency, ms, redis } = slicing
    const cookies = await cookiesFor(session)
    const about = { method, path, cookies, concurrency }
    await load(port, { ...about, ms: ms / 4 })
    const [stats, before] = [await redis.stats(), await usage()]
    const { times, bytes } = await load(port, { ...about, ms })
    const [after, statsAfter] = [await usage(), await redis.stats()]
    if (times.length === 0) return slice(workload, slicing)
    const cpuUs = after.cpu.user + after.cpu.system - before.cpu.user - before.cpu.system
    return {
      cpuUs: cpuUs / times.length,
      perSecond: (times.length / ms) * 1000,
      p50: quantile(times, 0.5),
      p99: quantile(times, 0.99),
      http: { bytesIn: bytes.in / times.length, bytesOut: bytes.out / times.length },
      redis: redis.per(times.length, stats, statsAfter),
    }
  }

  /** Two requests at once on one session, each setting a field of its own: how many of so many pairs lose one. */
  async function lostPairs(pairs) {
    let lost = 0
    for (let n = 0; n < pairs; n += 1) {
      const cookie = await cookieOf(port, 'small')
      const answers = await Promise.all(
        ['a', 'b'].map(name => ask(port, { method: 'POST', path: `/field?name=${name}`, cookie })),
      )
      const given = answers.flatMap(({ cookies }) => cookies)
      const { body } = await ask(port, { method: 'GET', path: '/fields', cookie: jar([cookie, ...given]) })
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
  return { framework, kind, name, logIn, slice, lostPairs, usage, end, leave }
}

/** Of one who logs in now. */
async function cookieOf(port, session) {
  const { status, cookies } = await ask(port, { method: 'POST', path: `/login?session=${session}` })
  if (status !== 200 || cookies.length === 0) throw new Error(`A login was answered with ${status} and no cookie.`)
  return jar(cookies)
}

/** The last of a name counts, as in a browser. */
function jar(cookies) {
  const pairs = cookies.flatMap(cookie => cookie.split('; '))
  const named = new Map(pairs.map(pair => [pair.split('=', 1)[0], pair]))
  return [...named.values()].join('; ')
}

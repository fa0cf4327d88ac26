/** What a handler does with a session, for each kind of contestant. Names are the paths. */
import { randomBytes } from 'node:crypto'
import { minimum } from './store.mjs'
import { SESSIONS } from './workloads.mjs'

export const floor = { read: () => SESSIONS.small.user, write: () => 1, login: () => SESSIONS.small.user }

/** For whatever has `session` and `query`: a context of Koa, a request of Express or Fastify. */
export const ours = {
  read: ({ session }) => session.get('user'),
  write({ session }) {
    session.update('n', n => n + 1)
    return session.get('n')
  },
  login({ session, query }) {
    session.regenerate()
    for (const [key, value] of Object.entries(SESSIONS[query.session])) session.set(key, value)
    return session.get('user')
  },
  field({ session, query }) {
    session.set(query.name, 1)
    return 1
  },
  fields: ({ session }) => [session.get('a'), session.get('b')],
}

/** For peers whose session is a plain object; `regenerate` gives another, under a new sid. */
export function plain(regenerate) {
  return {
    read: ({ session }) => session.user,
    write({ session }) {
      session.n += 1
      return session.n
    },
    async login(context) {
      await regenerate(context)
      Object.assign(context.session, SESSIONS[context.query.session])
      return context.session.user
    },
    field({ session, query }) {
      session[query.name] = 1
      return 1
    },
    fields: ({ session }) => [session.a, session.b],
  }
}

/** By hand: `cookieOf` and `parameterOf` a handler's first argument, `setCookie` with all of them in front. */
export function limit({ cookieOf, parameterOf, setCookie }) {
  const { sidOf, load, save } = minimum()
  const loaded = request => load(sidOf(cookieOf(request)))
  async function change(request, apply) {
    const data = await loaded(request)
    const answer = apply(data)
    await save(sidOf(cookieOf(request)), data)
    return answer
  }
  return {
    read: async request => (await loaded(request)).user,
    write: request => change(request, data => ++data.n),
    async login(...handed) {
      const sid = randomBytes(16).toString('hex')
      const session = SESSIONS[parameterOf(handed[0], 'session')]
      await save(sid, session)
      setCookie(...handed, `sid=${sid}; Path=/; HttpOnly`)
      return session.user
    },
    field(request) {
      const name = parameterOf(request, 'name')
      return change(request, data => {
        data[name] = 1
        return 1
      })
    },
    async fields(request) {
      const { a, b } = await loaded(request)
      return [a, b]
    },
  }
}

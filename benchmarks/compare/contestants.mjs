/** Who takes part. For each framework: itself alone, a minimum written by hand, ours, ours with `nearCache`, and its peers. */

/** The limit of a framework is what the others are compared with. */
export const CONTESTANTS = {
  koa: ['floor', 'limit', 'ours', 'near', 'koa-session', 'koa-generic-session', 'iron-session'],
  hono: ['floor', 'limit', 'ours', 'near', 'hono-sessions', '@hono/session'],
  express: ['floor', 'limit', 'ours', 'near', 'express-session'],
  fastify: ['floor', 'limit', 'ours', 'near', '@fastify/session'],
}

export const LIMIT = 'limit'

/** No cookie holds 20 KB, and iron-session keeps a session in one. */
const UNFIT = { 'read 20 KB': new Set(['iron-session']) }

export const fits = (kind, workload) => !UNFIT[workload]?.has(kind)

/** Who takes part. For each framework: itself alone, a minimum written by hand, ours, and its peers. */

/** The limit of a framework is what the others are compared with. */
export const CONTESTANTS = {
  koa: ['floor', 'limit', 'ours', 'koa-session', 'koa-generic-session', 'iron-session'],
  hono: ['floor', 'limit', 'ours', 'hono-sessions', '@hono/session'],
  express: ['floor', 'limit', 'ours', 'express-session'],
  fastify: ['floor', 'limit', 'ours', '@fastify/session'],
}

export const LIMIT = 'limit'

/** No cookie holds 20 KB, and iron-session keeps a session in one. */
const UNFIT = { 'read 20 KB': new Set(['iron-session']) }

export const fits = (kind, workload) => !UNFIT[workload]?.has(kind)

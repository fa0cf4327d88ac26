/** Who takes part. For each framework: itself alone, a minimum written by hand, ours, and its peers. */

/** The limit of a framework is what the others are compared with. */
export const CONTESTANTS = {
  koa: ['floor', 'limit', 'ours', 'koa-session', 'koa-generic-session'],
  hono: ['floor', 'limit', 'ours', 'hono-sessions', '@hono/session'],
  express: ['floor', 'limit', 'ours', 'express-session'],
  fastify: ['floor', 'limit', 'ours', '@fastify/session'],
}

export const LIMIT = 'limit'

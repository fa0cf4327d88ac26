/**
 * Who takes part. For each framework: itself alone, with a middleware that does nothing, a minimum written by hand, ours, ours with
 * `nearCache`, and its peers.
 */

/** The limit of a framework is what the others are compared with. */
export const CONTESTANTS = {
  koa: ['floor', 'empty', 'limit', 'ours', 'near', 'koa-session', 'koa-generic-session', 'iron-session'],
  hono: ['floor', 'empty', 'limit', 'ours', 'near', 'hono-sessions', '@hono/session'],
  express: ['floor', 'empty', 'limit', 'ours', 'near', 'express-session'],
  fastify: ['floor', 'empty', 'limit', 'ours', 'near', '@fastify/session'],
}

export const LIMIT = 'limit'

/** Without any session. */
export const SESSIONLESS = new Set(['floor', 'empty'])

/** No cookie holds 20 KB, and iron-session keeps a session in one. */
const UNFIT = { 'read 20 KB': new Set(['iron-session']) }

/** What a middleware costs that does nothing tells something beside a visitor who has no session. */
export const fits = (kind, workload) => (kind === 'empty' ? workload === 'anonymous' : !UNFIT[workload]?.has(kind))

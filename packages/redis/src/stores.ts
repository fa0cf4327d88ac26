/** Our backend under the middleware that an application has already: `@sentinel-session/redis/stores`. */

export type { StoreOptions } from '@sentinel-session/core/internal'
export { type KoaStore, koaStore } from '@sentinel-session/core/internal'
export { type ExpressStore, expressStore } from './stores/express-store.ts'
export { type FastifyStore, fastifyStore } from './stores/fastify-store.ts'
export { type HonoSession, type HonoStore, honoStore } from './stores/hono-store.ts'

/** For the packages of this family only: it may change in any release. */
export { attachRedis } from './attach-redis.ts'

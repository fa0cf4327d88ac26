/**
 * An ordinary store: whole session, last write wins, ioredis defaults. A stand-in for what express-session and koa-session do with Redis
 * behind Sentinel: GET the session, change it, SET it whole, answer when Redis said OK. A sid that is not there gets a new session.
 */
import { randomBytes } from 'node:crypto'
import { Redis } from 'ioredis'

const COOKIE = 'ordinary.sid'
const PREFIX = 'ordinary:'
const LIFE_SECONDS = 86_400

export function createOrdinaryStore({ sentinels, masterName, auth }) {
  const redis = new Redis({
    ...auth,
    name: masterName,
    sentinels: sentinels.map(address => ({ host: address.split(':')[0], port: Number(address.split(':')[1]) })),
  })
  // A failure is counted where it is felt: at the request.
  redis.on('error', () => undefined)

  return {
    async middleware(ctx, next) {
      const sent = ctx.cookies.get(COOKIE)
      const found = sent === undefined ? null : await redis.get(PREFIX + sent)
      const sid = found === null ? randomBytes(24).toString('base64url') : sent
      ctx.session = JSON.parse(found ?? '{}')
      await next()
      await redis.set(PREFIX + sid, JSON.stringify(ctx.session), 'EX', LIFE_SECONDS)
      if (sid !== sent) ctx.cookies.set(COOKIE, sid)
    },
    close: () => redis.disconnect(),
  }
}

/** What a Beego process does to the sessions of its fleet: the commands of its provider, without a thought for others. */
import { randomBytes } from 'node:crypto'
import type { Redis } from 'ioredis'

const LIFETIME = 3600

export class Beego {
  readonly redis: Redis

  constructor(redis: Redis) {
    this.redis = redis
  }

  newSid(prefix = ''): string {
    return prefix + randomBytes(16).toString('hex')
  }

  /** The end of each request: the whole map, over whatever is there. */
  async release(sid: string, bytes: Uint8Array | string): Promise<void> {
    await this.redis.set(sid, Buffer.from(bytes as Uint8Array), 'EX', LIFETIME)
  }

  /** SessionRegenerate. */
  async regenerate(old: string, sid: string): Promise<void> {
    if ((await this.redis.exists(old)) === 0) await this.redis.set(sid, '', 'EX', LIFETIME)
    else {
      await this.redis.rename(old, sid)
      await this.redis.expire(sid, LIFETIME)
    }
  }

  async destroy(sid: string): Promise<void> {
    await this.redis.del(sid)
  }

  /** SessionRead: null where there is none. */
  async read(sid: string): Promise<Buffer | null> {
    return this.redis.getBuffer(sid)
  }
}

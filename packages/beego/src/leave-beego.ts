/** The last stage of a migration: when no Beego process is left, its sessions become records of our own as they are used. */
import type { Fields, Provider, SidLayout, StoredRecord } from '@sentinel-session/core'
import { AgedMap, knownKeys, nativeLayout, storageOf, systemClock } from '@sentinel-session/core/internal'

/** So many sids are known not to be under their old key any more; the others cost one more read each time. */
const MOST_KNOWN = 65_536

export interface LeaveOptions {
  /**
   * Of new sessions, and of those that regenerate. `'beego'`, which `newManager` accepts with the same config. `'native'`: 32 random bytes,
   * as everywhere in this library; for `createSessionManager` and the adapters.
   */
  sids?: 'beego' | 'native'
}

type Found = Exclude<Awaited<ReturnType<ReturnType<typeof storageOf>['read']>>, 'retired' | null>

/**
 * A provider of native records (hashed keys, JSON) that takes over what `from` shares with Beego: when a request comes with a sid of Beego's
 * form, its session is stored anew under the hash of that sid, and then the old record is retired. Cookies stay as they are, and an absolute
 * deadline counts from the move. `connect` gets the layout that the new provider needs. Closing the provider closes both.
 *
 * Its verbs reject as those of both providers do; with `ERR_SESSION_VALUE`, too, for a value that the new codec cannot keep. Throws
 * `ERR_CONFIG_OPTION` for an unknown option.
 *
 * @example
 * const shared = redisSentinelProvider({ savePath, layout: beegoLayout(), codec: gobCodec() })
 * const provider = leaveBeego(shared, storage => redisSentinelProvider({ savePath, ...storage }))
 */
export function leaveBeego(
  from: Provider,
  connect: (storage: { layout: SidLayout }) => Provider,
  options: LeaveOptions = {},
): Provider {
  knownKeys(options, ['sids'])
  const { sids = 'beego' } = options
  const { layout: old } = storageOf(from)
  const done = new AgedMap<string, true>()
  const layout: SidLayout = {
    newSid: sids === 'native' ? nativeLayout.newSid : old.newSid,
    acceptsSid: sid => nativeLayout.acceptsSid(sid) || old.acceptsSid(sid),
    async keyOf(sid) {
      const key = await nativeLayout.keyOf(sid)
      if (done.has(key) || !old.acceptsSid(sid)) return key
      await move(from, to, sid, key)
      done.set(key, true)
      if (done.size > MOST_KNOWN) done.delete(done.oldest!.key)
      return key
    },
  }
  const to = connect({ layout })
  const close = to.close.bind(to)
  return Object.assign(to, {
    async close() {
      await Promise.all([close(), from.close()])
    },
  })
}

/** The new record first. Where another process was faster, or the session has ended there, it stays so. */
async function move(from: Provider, to: Provider, sid: string, hash: string): Promise<void> {
  const [source, target] = [storageOf(from), storageOf(to)]
  const key = target.keyPrefix + hash
  const oldKey = await source.keyOf(sid)
  const createdAt = systemClock.now()
  const fieldsOf = async ({ record, data }: Found): Promise<Fields> => {
    return { createdAt, expiresAt: record.expiresAt, body: await target.encode(key, data, { createdAt }) }
  }

  let found = await source.read(oldKey, {})
  if (found === null || found === 'retired') return
  let moved = await target.backend.create(key, await fieldsOf(found))
  for (;;) {
    const left = await source.backend.end(oldKey, { kind: 'retired', base: found.record })
    if (left.outcome !== 'changed') return
    // Someone who still shares has written it meanwhile.
    const record: StoredRecord = { ...left.current, expiresAt: found.record.expiresAt }
    found = { record, data: await source.decode(oldKey, record) }
    if (moved === null) continue
    const replaced = await target.backend.replace(key, moved, await fieldsOf(found))
    moved = (replaced.outcome === 'ok' && replaced.record) || null
  }
}

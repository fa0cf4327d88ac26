/** Sids as Beego makes them: random bytes as lower-case hex, with a prefix in front. The key is a hash all the same. */
import { hashedKeyOf } from '../sid.ts'
import type { SidLayout } from '../storage.ts'

export function beegoSids(bytes: number, prefix: string): SidLayout {
  const hex = new RegExp(`^[0-9a-f]{${bytes * 2}}$`)
  return {
    newSid() {
      const random = crypto.getRandomValues(new Uint8Array(bytes))
      return prefix + Array.from(random, byte => byte.toString(16).padStart(2, '0')).join('')
    },
    acceptsSid: sid => sid.startsWith(prefix) && hex.test(sid.slice(prefix.length)),
    keyOf: hashedKeyOf,
  }
}

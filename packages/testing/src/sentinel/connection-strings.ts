/** Where the deployment is, in the forms that a configuration holds. */
import type { Settings } from './sentinel-options.ts'

const POOL_SIZE = 100

/** Beego's comma form, or its JSON form when the password has a comma. */
export function savePathOf({ password = '', masterName }: Settings, sentinels: readonly string[]): string {
  const addresses = sentinels.join(';')
  if (!password.includes(',')) return [addresses, POOL_SIZE, password, 0, masterName].join(',')
  return JSON.stringify({ save_path: addresses, poolsize: POOL_SIZE, password, db_num: 0, master_name: masterName })
}

export function urlOf({ password, masterName }: Settings, sentinels: readonly string[]): string {
  const login = password === undefined ? '' : `:${encodeURIComponent(password)}@`
  return `redis+sentinel://${login}${sentinels.join(',')}/0?master=${encodeURIComponent(masterName)}`
}

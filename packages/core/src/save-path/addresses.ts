/** Lists of `host:port`, with `;` in Beego's forms and `,` in URLs. */
import { type Address, fieldError } from './save-path.ts'

export const SENTINEL_PORT = 26_379
export const REDIS_PORT = 6379

/** Empty entries are passed over, as they do no harm in Beego. Throws `ERR_SAVE_PATH_FIELD` when none is left or one is no address. */
export function parseAddresses(text: string, separator: string, defaultPort: number, field = 'addr'): Address[] {
  const entries = text.split(separator).map(entry => entry.trim())
  const addresses = entries.filter(entry => entry !== '').map(entry => parseAddress(entry, defaultPort, field))
  if (addresses.length === 0) throw fieldError(field, 'must name at least one host')
  return addresses
}

/** `host`, `host:port`, `[IPv6]` or `[IPv6]:port`. */
export function parseAddress(text: string, defaultPort: number, field: string): Address {
  const match = /^(?:\[([0-9a-f:.%\w]+)\]|([\w.-]+))(?::(\d{1,5}))?$/i.exec(text)
  const port = match?.[3] === undefined ? defaultPort : Number(match[3])
  if (match === null) throw fieldError(field, "must be written 'host:port', an IPv6 address in brackets")
  if (port < 1 || port > 65_535) throw fieldError(field, 'has a port outside 1 to 65535')
  return { host: (match[1] ?? match[2])!, port }
}

/** Lists of `host:port`, with `;` between them in Beego's forms and `,` in URLs. */
import { type Address, fieldError } from './save-path.ts'

export const SENTINEL_PORT = 26_379
export const REDIS_PORT = 6379

/** Empty entries are passed over: in Beego they do no harm. Throws `ERR_SAVE_PATH_FIELD` when none is left or one is no address. */
export function parseAddresses(
  text: string,
  separator: string,
  defaultPort: number,
  field: string,
): readonly Address[] {
  const entries = text.split(separator).map(entry => entry.trim())
  const addresses = entries.filter(entry => entry !== '').map(entry => parseAddress(entry, defaultPort, field))
  if (addresses.length === 0) throw fieldError(field, 'must name at least one host')
  return Object.freeze(addresses)
}

const ADDRESS = /^(?:\[([^[\]]+)\]|([\p{L}\p{M}\p{N}_.-]+))(?::(\d{1,5}))?$/u

/** `host`, `host:port`, `[IPv6]` or `[IPv6]:port`; frozen. Throws `ERR_SAVE_PATH_FIELD`. */
export function parseAddress(text: string, defaultPort: number, field: string): Address {
  const [, ipv6, name, digits] = ADDRESS.exec(text) ?? []
  const host = ipv6 ?? name
  if (host === undefined || (ipv6 !== undefined && !isIpv6(ipv6))) {
    throw fieldError(field, "must be written 'host:port', an IPv6 address in brackets")
  }
  const port = digits === undefined ? defaultPort : Number(digits)
  if (port < 1 || port > 65_535) throw fieldError(field, 'has a port outside 1 to 65535')
  return Object.freeze({ host, port })
}

/** `URL` knows the grammar, all but the zone (`%eth0`) of a link-local address. */
function isIpv6(text: string): boolean {
  const [, address, zone] = /^([0-9a-f:.]+)(%[\w.-]+)?$/i.exec(text) ?? []
  if (address === undefined || (zone !== undefined && !/^fe[89ab]/i.test(address))) return false
  return URL.canParse(`http://[${address}]`)
}

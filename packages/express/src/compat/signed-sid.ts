/** The value of the cookie as express-session writes it: `s:<sid>.<HMAC-SHA256 of the sid, base64 without padding>`. */
import { createHmac, equalInConstantTime, toBase64url } from '@sentinel-session/core/internal'

export interface Signer {
  sign(sid: string): string
  /** The sid that a Cookie header carries under a name; undefined where there is none, or no secret has signed it. */
  read(header: string | undefined, name: string): string | undefined
}

/** The first secret signs, all verify. */
export function createSigner(secrets: readonly string[]): Signer {
  const signatures = secrets.map(secret => {
    const hmac = createHmac(secret)
    return (sid: string) => toBase64url(hmac(sid)).replaceAll('-', '+').replaceAll('_', '/')
  })
  return {
    sign: sid => `s:${sid}.${signatures[0]!(sid)}`,
    read(header, name) {
      const raw = cookieValue(header, name)
      const dot = raw.lastIndexOf('.')
      if (!raw.startsWith('s:') || dot < 3) return undefined
      const [sid, told] = [raw.slice(2, dot), raw.slice(dot + 1)]
      return signatures.some(signatureOf => equalInConstantTime(told, signatureOf(sid))) ? sid : undefined
    },
  }
}

function cookieValue(header: string | undefined, name: string): string {
  const pair = header?.split(';').find(each => each.split('=', 1)[0]!.trim() === name)
  if (pair === undefined) return ''
  const text = pair
    .slice(pair.indexOf('=') + 1)
    .trim()
    .replace(/^"(.*)"$/, '$1')
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

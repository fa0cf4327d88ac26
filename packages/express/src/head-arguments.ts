/** What `writeHead` is given, in all its forms: (status), (status, message), (status, headers), (status, message, headers). */
import type { ServerResponse } from 'node:http'

export interface HeadArguments {
  status: number
  message: string | undefined
  /** An object, or a list: of names and values in turn, or of pairs. */
  headers: object | undefined
}

export function headArguments([status, ...rest]: readonly unknown[]): HeadArguments {
  const [first, second] = rest as [unknown, object | undefined]
  const code = (status as number) | 0
  if (typeof first === 'string') return { status: code, message: first, headers: second }
  return { status: code, message: undefined, headers: second ?? (first as object | undefined) }
}

/** Node throws for these at once, so it shall. */
export function isRefused({ status, message = '', headers }: HeadArguments): boolean {
  if (status < 100 || status > 999 || /[^\t\x20-\x7e\x80-\xff]/.test(message)) return true
  return Array.isArray(headers) && !Array.isArray(headers[0]) && headers.length % 2 !== 0
}

/** Puts them where `setHeader` puts its own, which they replace. A name that a list has twice is sent twice. Throws as `setHeader` does. */
export function putHeaders(res: ServerResponse, headers: object | undefined): void {
  const seen = new Set<string>()
  for (const [name, value] of pairsOf(headers)) {
    if (!name) continue
    const key = String(name).toLowerCase()
    if (seen.has(key)) res.appendHeader(name, value)
    else res.setHeader(name, value)
    seen.add(key)
  }
}

function pairsOf(headers: object | undefined): [name: string, value: string][] {
  if (!Array.isArray(headers)) return Object.entries(headers ?? {})
  if (Array.isArray(headers[0])) return headers
  return headers.flatMap((name, i) => (i % 2 === 0 ? [[name, headers[i + 1]]] : []))
}

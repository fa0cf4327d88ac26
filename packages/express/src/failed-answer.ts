/** What becomes of an answer whose session could not be stored: it is dropped, and an error handler gives another on the same response. */
import type { ServerResponse } from 'node:http'
import { isOfTheAnswer } from '@sentinel-session/core/internal'
import { override } from './held-report.ts'

/** Nothing of it is left but headers that are not about it. The status is that of the error until its handler sets one. */
export function dropAnswer(res: ServerResponse, error: unknown): void {
  if (res.headersSent) return
  for (const name of res.getHeaderNames()) if (isOfTheAnswer(name)) res.removeHeader(name)
  res.addTrailers({})
  res.statusMessage = ''
  const { status } = (error ?? {}) as { status?: unknown }
  res.statusCode = typeof status === 'number' && status >= 400 && status < 600 ? status : 500
}

/** What an error handler does before it writes, and a handler in the middle of its body does not. */
const BEGINNINGS = ['writeHead', 'flushHeaders', 'setHeader', 'setHeaders', 'appendHeader', 'removeHeader'] as const

/**
 * For a handler that is in the middle of its body and may go on with it. What is written while `fail` runs is the error's answer, and what
 * comes after a new beginning; the rest goes nowhere.
 */
export function answerInstead(res: ServerResponse, fail: () => void): void {
  fail()
  let isBegun = res.headersSent
  const { write, end } = res
  const isOfTheError = (): boolean => isBegun && !res.writableEnded
  res.write = ((...args: Parameters<typeof write>) =>
    isOfTheError() ? write.apply(res, args) : goNowhere(args, false)) as typeof write
  res.end = ((...args: Parameters<typeof end>) =>
    isOfTheError() ? end.apply(res, args) : goNowhere(args, res)) as typeof end
  if (isBegun) return
  const begin = (): void => {
    isBegun = true
    restore()
  }
  const { statusCode } = res
  const setStatus = (code: number): void => {
    begin()
    res.statusCode = code
  }
  const restore = override(res, {
    ...Object.fromEntries(BEGINNINGS.map(name => [name, beginningWith(res, name, begin)])),
    statusCode: { get: () => statusCode, set: setStatus, configurable: true },
  })
}

function beginningWith(res: ServerResponse, name: (typeof BEGINNINGS)[number], begin: () => void): PropertyDescriptor {
  const value = (...args: unknown[]): unknown => {
    begin()
    return (res[name] as (...args: unknown[]) => unknown)(...args)
  }
  return { value, configurable: true }
}

/** As into a response that was destroyed. */
function goNowhere<X>(args: readonly unknown[], result: X): X {
  const callback = args.find(arg => typeof arg === 'function') as ((error: Error) => void) | undefined
  const message = 'The session could not be stored: an error has taken the place of this answer.'
  if (callback !== undefined) queueMicrotask(() => callback(new Error(message)))
  return result
}

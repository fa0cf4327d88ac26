/** One handler on node:http, with as much of a session around it as is told. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createProvider, memoryBackend } from '@sentinel-session/core'
import { session } from '@sentinel-session/express'
import { faultyBackend } from '@sentinel-session/testing'
import type { Form } from './forms.ts'
import { serve } from './serve.ts'

export type Use = 'no session' | 'an untouched session' | 'a slow commit' | 'a failing commit'

export interface FormApp extends AsyncDisposable {
  port: number
  /** What the handler saw, in order. */
  seen: unknown[]
  /** What came to `next(error)`. */
  errors: unknown[]
}

export async function startForm(form: Form, use: Use, answers: 'at once' | 'later' = 'at once'): Promise<FormApp> {
  const backend = faultyBackend(memoryBackend())
  backend.delay('create', '20ms')
  if (use === 'a failing commit') backend.fail('create')
  const sessions = session({ provider: createProvider(backend) })
  const seen: unknown[] = []
  const errors: unknown[] = []
  const fail = (res: ServerResponse, error: unknown): void => {
    errors.push(error)
    if (answers === 'at once') answerError(res, error)
    else setTimeout(() => answerError(res, error), 50)
  }
  const listener = (req: IncomingMessage, res: ServerResponse): void => {
    const handle = (): void => form(res, value => seen.push(value), req)
    const next = (error?: unknown): void => {
      if (error !== undefined) fail(res, error)
      else {
        if (use !== 'an untouched session') sessions.of(req).set('a', 1)
        handle()
      }
    }
    if (use === 'no session') handle()
    else sessions(req, res, next)
  }
  const { port, stop } = await serve(listener)
  return { port, seen, errors, [Symbol.asyncDispose]: stop }
}

function answerError(res: ServerResponse, error: unknown): void {
  const { status = 500, headers = {} } = error as { status?: number; headers?: Record<string, string> }
  if (res.headersSent) res.destroy()
  else res.writeHead(status, { ...headers, 'Content-Length': 8 }).end('an error')
}

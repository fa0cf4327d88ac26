import type { IncomingMessage, ServerResponse } from 'node:http'
import { setFlagsFromString } from 'node:v8'
import { session } from '@sentinel-session/express'
import express from 'express'
import { describe, expect, it } from 'vitest'
import { serve } from './support/serve.ts'

setFlagsFromString('--allow-natives-syntax')
const hasHiddenClass = new Function('object', 'return %HasFastProperties(object)') as (object: object) => boolean
hasHiddenClass({})
setFlagsFromString('--no-allow-natives-syntax')

type Handler = (req: IncomingMessage, res: ServerResponse) => void

/** What `look` finds in a handler. */
async function found<Found>(
  look: (req: IncomingMessage, res: ServerResponse) => Found,
  appOf: (handler: Handler) => Handler,
) {
  let what: Found | undefined
  const app = appOf((req, res) => {
    what = look(req, res)
    res.end()
  })
  const { origin, stop } = await serve(app)
  try {
    await fetch(origin)
  } finally {
    await stop()
  }
  return what
}

const inExpress = (handler: Handler): Handler => express().use(session(), handler as never) as never
const inNode =
  (handler: Handler): Handler =>
  (req, res) =>
    session()(req, res, () => handler(req, res))

describe('the hidden classes of a request and its response', () => {
  const classes: (req: IncomingMessage, res: ServerResponse) => boolean[] = (req, res) => [req, res].map(hasHiddenClass)

  it('are shed in Express, where V8 makes them anew with each property', async () => {
    const isCostly = Number.parseInt(process.versions.v8, 10) < 13
    expect(await found(classes, inExpress)).toEqual([!isCostly, !isCostly])
  })

  it('stay as they are in plain Node', async () => {
    expect(await found(classes, inNode)).toEqual([true, true])
  })

  it('leave what Express has put on both', async () => {
    const links = (req: IncomingMessage & { res?: unknown }, res: ServerResponse): boolean[] => [
      req.res === res,
      res.req === req,
    ]
    expect(await found(links, inExpress)).toEqual([true, true])
  })
})

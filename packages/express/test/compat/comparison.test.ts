/** The same requests to express-session 1.19 and to what takes its place: what browsers and handlers see is the same. */
import { createRequire } from 'node:module'
import { type SessionOptions, session } from '@sentinel-session/express/compat'
import type { RequestHandler } from 'express'
import { describe, expect, it } from 'vitest'
import { Browser, type Step } from './browser.ts'
import { sameApp } from './same-app.ts'

const expressSession: (options: object) => RequestHandler = createRequire(import.meta.url)('express-session')
const ours = session as unknown as (options: object) => RequestHandler

type Options = Omit<SessionOptions, 'secret' | 'store'>
type Visit = string | [path: string, headers: Record<string, string>]

async function transcript(create: typeof ours, options: Options, visits: readonly Visit[]): Promise<Step[]> {
  const app = await sameApp(create({ secret: 'a secret', resave: false, ...options }))
  try {
    const browser = new Browser(app.origin)
    const steps: Step[] = []
    for (const visit of visits) {
      const [path, headers] = typeof visit === 'string' ? [visit, {}] : visit
      steps.push(await browser.visit(path, headers))
    }
    return steps
  } finally {
    await app.stop()
  }
}

const lazy: Options = { saveUninitialized: false }
const day = { cookie: { maxAge: 86_400_000 } }
const tls = { 'x-forwarded-proto': 'https' }
let made = 0

const cases: Record<string, [Options, readonly Visit[]]> = {
  'a counter': [lazy, ['/count', '/count', '/read', '/nothing']],
  'a visitor who sets nothing': [lazy, ['/nothing', '/read', '/nothing']],
  'a visitor who sets nothing, with saveUninitialized': [
    { saveUninitialized: true },
    ['/nothing', '/nothing', '/stored', '/count', '/stored'],
  ],
  'values as JSON keeps them': [lazy, ['/values', '/read']],
  'a value that is changed in place': [lazy, ['/in-place', '/in-place', '/read']],
  'a value that is deleted': [lazy, ['/count', '/delete', '/read']],
  'the sid': [lazy, ['/count', '/ids']],
  regenerate: [lazy, ['/count', '/regenerate', '/read', '/regenerate', '/read']],
  'regenerate of a new session': [lazy, ['/regenerate', '/read']],
  destroy: [lazy, ['/count', '/destroy', '/read', '/count', '/read']],
  'destroy of a new session': [lazy, ['/destroy', '/read']],
  'unset, which keeps': [lazy, ['/count', '/unset', '/read']],
  'unset, which destroys': [{ ...lazy, unset: 'destroy' }, ['/count', '/unset', '/read', '/unset']],
  reload: [lazy, ['/count', '/reload', '/read']],
  'reload of what is not stored': [lazy, ['/reload-new']],
  save: [lazy, ['/save', '/read', '/save', '/save-then-change', '/read']],
  'a maxAge': [{ ...lazy, ...day }, ['/count', '/read', '/count', '/nothing', '/touch']],
  'a maxAge that rolls': [{ ...lazy, ...day, rolling: true }, ['/nothing', '/count', '/nothing', '/read']],
  'a maxAge of one session': [lazy, ['/count', '/max-age', '/read', '/count', '/browser', '/read']],
  'a status of 500': [lazy, ['/500', '/read']],
  'a redirect': [lazy, ['/redirect', '/read']],
  'a name': [{ ...lazy, name: 'sid' }, ['/count', '/read']],
  'attributes of the cookie': [
    { ...lazy, cookie: { domain: 'localhost', httpOnly: false, sameSite: 'strict', priority: 'high' } },
    ['/count'],
  ],
  'sameSite true': [{ ...lazy, cookie: { sameSite: true } }, ['/count']],
  'a Secure cookie over plain http': [{ ...lazy, cookie: { secure: true } }, ['/count', '/count']],
  'a Secure cookie behind a proxy': [
    { ...lazy, proxy: true, cookie: { secure: true, partitioned: true } },
    [['/count', tls], ['/count', tls], '/read'],
  ],
  'a proxy that is not trusted': [{ ...lazy, proxy: false, cookie: { secure: true } }, [['/count', tls]]],
  'secure and sameSite auto': [
    { ...lazy, proxy: true, cookie: { secure: 'auto', sameSite: 'auto' } },
    ['/count', ['/regenerate', tls]],
  ],
  'a path': [{ ...lazy, cookie: { path: '/app' } }, ['/count', '/app/count', '/app/read', '/read']],
  genid: [{ ...lazy, genid: () => `made-${made++}` }, ['/count', '/count', '/regenerate', '/read']],
  'a foreign cookie': [lazy, [['/read', { cookie: 'connect.sid=s%3Aforged.signature' }], '/count']],
  'a cookie without a signature': [lazy, [['/read', { cookie: 'connect.sid=plain' }], '/count']],
}

describe('as express-session does it', () => {
  it.each(Object.entries(cases))('%s', async (_, [options, visits]) => {
    const theirs = await transcript(expressSession, options, visits)
    expect(theirs.map(({ status }) => status)).not.toContain(404)
    expect(await transcript(ours, options, visits)).toEqual(theirs)
  })
})

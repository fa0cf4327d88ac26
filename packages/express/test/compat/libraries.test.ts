/** Libraries that were written for express-session, as they are. */
import { createRequire } from 'node:module'
import session from '@sentinel-session/express/compat'
import express, { type Express } from 'express'
import { afterEach, expect, it } from 'vitest'
import { serve } from '../support/serve.ts'
import { Browser } from './browser.ts'

const require = createRequire(import.meta.url)
// biome-ignore lint/suspicious/noExplicitAny: they come without types, and req.session has those of express-session
type Any = any

const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

async function browse(build: (app: Express) => void): Promise<Browser> {
  const app = express()
  app.set('env', 'test')
  app.use(session({ secret: 'a secret', resave: false, saveUninitialized: false }))
  build(app)
  const { origin, stop } = await serve(app as unknown as Parameters<typeof serve>[0])
  stops.push(stop)
  return new Browser(origin)
}

it('passport logs in under another sid, finds the user again and logs out', async () => {
  const { Passport } = require('passport')
  const { Strategy } = require('passport-local')
  const passport = new Passport()
  passport.use(new Strategy((name: string, _password: string, done: Any) => done(null, { name })))
  passport.serializeUser((user: Any, done: Any) => done(null, user.name))
  passport.deserializeUser((name: string, done: Any) => done(null, { name }))
  const browser = await browse(app => {
    app.use(express.urlencoded(), passport.initialize(), passport.session())
    app.get('/cart', (req: Any, res) => {
      req.session.cart = ['tea']
      res.json(req.session.cart)
    })
    app.post('/login', passport.authenticate('local', { successRedirect: '/', failureRedirect: '/failed' }))
    app.post('/logout', (req: Any, res, next) => {
      req.logout((error: unknown) => (error ? next(error) : res.redirect('/')))
    })
    app.get('/', (req: Any, res) => res.json([req.user ?? null, req.session.cart ?? null]))
  })
  const post = (path: string, body = ''): Promise<Any> =>
    browser.visit(path, { 'content-type': 'application/x-www-form-urlencoded' }, { method: 'POST', body })
  await browser.visit('/cart')
  const before = browser.jar.get('connect.sid')
  expect(await post('/login', 'username=ada&password=secret')).toMatchObject({ status: 302 })
  const loggedIn = browser.jar.get('connect.sid')
  expect(loggedIn).not.toBe(before)
  expect((await browser.visit('/')).body).toBe('[{"name":"ada"},null]')
  expect(await post('/logout')).toMatchObject({ status: 302 })
  expect((await browser.visit('/')).body).toBe('[null,null]')
  for (const old of [before, loggedIn]) {
    const thief = new Browser(browser.origin)
    thief.jar.set('connect.sid', old!)
    expect((await thief.visit('/')).body).toBe('[null,null]')
  }
})

it('connect-flash shows a message once, after a redirect', async () => {
  const browser = await browse(app => {
    app.use(require('connect-flash')())
    app.get('/do', (req: Any, res) => {
      req.flash('info', 'done')
      res.redirect('/')
    })
    app.get('/', (req: Any, res) => res.json(req.flash('info')))
  })
  expect((await browser.visit('/do')).status).toBe(302)
  expect((await browser.visit('/')).body).toBe('["done"]')
  expect((await browser.visit('/')).body).toBe('[]')
})

it('csrf-sync lets through who has the token of the session, and nobody else', async () => {
  const { generateToken, csrfSynchronisedProtection } = require('csrf-sync').csrfSync()
  const browser = await browse(app => {
    app.get('/token', (req, res) => res.send(generateToken(req)))
    app.post('/do', csrfSynchronisedProtection, (_req, res) => res.send('done'))
  })
  const { body: token } = await browser.visit('/token')
  const post = (headers: Record<string, string>): Promise<Any> => browser.visit('/do', headers, { method: 'POST' })
  expect(await post({ 'x-csrf-token': token })).toMatchObject({ status: 200, body: 'done' })
  expect((await post({})).status).toBe(403)
  const other = new Browser(browser.origin)
  await other.visit('/token')
  expect((await other.visit('/do', { 'x-csrf-token': token }, { method: 'POST' })).status).toBe(403)
})

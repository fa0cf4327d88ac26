import { createHash } from 'node:crypto'
import { get } from 'node:http'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { findChromium } from '../../support/find-chromium.ts'
import { type Result, resultsOf } from './support/contest-results.ts'
import { firstSecond } from './support/contest-seconds.ts'
import { type Demo, isRunning, startDemo } from './support/demo-process.ts'
import { inABrowser } from './support/in-a-browser.ts'
import { createVisitor, visitsOn } from './support/visitor.ts'

const UNTIL_HEALED = { timeout: 50_000 }

describe('the demo on a real Sentinel deployment', () => {
  let demo: Demo
  beforeAll(async () => {
    demo = await startDemo()
  })
  afterAll(() => demo.end())

  it('counts visits', async () => {
    const visitor = createVisitor(demo.origin)
    expect(visitsOn(await visitor.get())).toBe(1)
    expect(visitsOn(await visitor.get())).toBe(2)
  })

  it('keeps the cart through a login, which changes the sid', async () => {
    const visitor = createVisitor(demo.origin)
    await visitor.post('/cart/add', { item: 'Tea' })
    expect((await visitor.post('/cart/add', { item: 'Tea' })).text).toContain('aria-label="2 in the cart"')
    const before = visitor.sid()
    const page = await visitor.post('/login', { name: 'Ada' })
    expect(page.text).toContain('Welcome, Ada')
    expect(page.text).toContain('aria-label="2 in the cart"')
    expect(visitor.sid()).not.toBe(before)
    const next = await visitor.post('/cart/remove', { item: 'Tea' })
    expect(next.text).toContain('aria-label="1 in the cart"')
    expect(next.text).not.toContain('Welcome, Ada')
  })

  it('shows the stored record, and the sid nowhere', async () => {
    const visitor = createVisitor(demo.origin)
    await visitor.get()
    const { text } = await visitor.get()
    const sid = visitor.sid()!
    expect(text).toContain(`sess:${createHash('sha256').update(sid).digest('base64url')}`)
    expect(text).toContain('&quot;visits&quot;: 2')
    expect(text).not.toContain(sid)
    expect(demo.output()).not.toContain(sid)
  })

  it('escapes what a visitor enters', async () => {
    const { text } = await createVisitor(demo.origin).post('/login', { name: '<img src=x onerror=alert(1)>' })
    expect(text).toContain('&lt;img src=x')
    expect(text).not.toContain('<img')
  })

  it('logs out for good: the old cookie opens nothing', async () => {
    const visitor = createVisitor(demo.origin)
    await visitor.post('/login', { name: 'Ada' })
    const old = `__Host-sid=${visitor.sid()}`
    expect((await visitor.post('/logout')).text).toContain('You are logged out.')
    const replayed = await fetch(demo.origin, { headers: { Cookie: old } })
    expect(replayed.status).toBe(200)
    expect(await replayed.text()).not.toContain('Logged in as')
  })

  it('takes a POST from its own page only, and answers to localhost only', async () => {
    const post = async (headers: Record<string, string>) =>
      (await fetch(`${demo.origin}/deployment/kill`, { method: 'POST', headers })).status
    expect(await post({})).toBe(403)
    expect(await post({ Origin: 'http://evil.example' })).toBe(403)
    expect(await post({ Origin: demo.origin, 'Sec-Fetch-Site': 'same-site' })).toBe(403)
    expect((await createVisitor(demo.origin).get('/status')).text).not.toContain('dead')
    expect(await statusFor(demo.origin, 'evil.example')).toBe(421)
  })

  it('plots both stores: every second has the figures of each', async () => {
    const second = await firstSecond(demo.origin, ({ ours, ordinary }) => ours.requests > 0 && ordinary.requests > 0)
    for (const { p50, p99, errors } of [second.ours, second.ordinary]) {
      expect(p50).toBeGreaterThan(0)
      expect(p99).toBeGreaterThanOrEqual(p50!)
      expect(errors).toBe(0)
    }
  })

  it('compares both stores after a planned failover, in which no request of ours fails', async () => {
    const visitor = createVisitor(demo.origin)
    const page = await visitor.post('/deployment/failover')
    expect(page.text).toContain('Planned failover: until everybody agrees again')
    await visitor.post('/deployment/kill')
    expect((await visitor.get('/status')).text).toContain('Not now: Planned failover is not over.')
    await expect.poll(() => resultsOf(visitor), UNTIL_HEALED).toHaveLength(1)
    const [{ label, ours, ordinary }] = (await resultsOf(visitor)) as [Result]
    expect(label).toBe('Planned failover')
    expect(ours.acknowledged).toBeGreaterThan(0)
    expect(ours.errors).toBe(0)
    expect(ours.lost).toBe(0)
    expect(ordinary.acknowledged).toBeGreaterThan(0)
  })

  it('answers with the session after kill -9 of the primary, and heals the deployment', async () => {
    const visitor = createVisitor(demo.origin)
    await visitor.post('/login', { name: 'Ada' })
    const visits = visitsOn(await visitor.get())
    const page = await visitor.post('/deployment/kill')
    expect(page.status).toBe(200)
    expect(page.text).toContain('Logged in as <strong class="name">Ada')
    expect(page.text).toContain('Your session is still here.')
    expect(visitsOn(page)).toBe(visits + 1)
    await expect.poll(async () => (await visitor.get('/status')).text, UNTIL_HEALED).toContain('Kill is over')
    const states = (await visitor.get('/status')).text.match(/(?<=class="state [a-z-]*">)[a-z ]+/g)
    expect(states?.sort()).toEqual(['alive', 'alive', 'alive', 'alive', 'in sync', 'in sync'])
    expect((await resultsOf(visitor)).map(({ label }) => label)).toEqual(['Kill', 'Planned failover'])
  })

  it('stops and starts the load', async () => {
    const visitor = createVisitor(demo.origin)
    const { text } = await visitor.post('/contest/load', { on: 'false' })
    expect(text).toContain('Start the load')
    await firstSecond(demo.origin, ({ ours, ordinary }) => ours.requests + ordinary.requests === 0)
    expect((await visitor.post('/contest/load', { on: 'true' })).text).toContain('Stop the load')
    await firstSecond(demo.origin, ({ ours, ordinary }) => ours.requests > 0 && ordinary.requests > 0)
  })
})

const chromium = findChromium()
if (chromium === undefined) console.log('No Chromium on PATH: the demo is tested over HTTP only.')
else inABrowser(chromium)

describe('the end of the demo', () => {
  it('stops every process that it started, though a request waits for a dead primary', async () => {
    const demo = await startDemo()
    onTestFinished(() => void demo.end())
    const pids = await demo.redisPids()
    expect(pids).toHaveLength(6)
    expect(pids.every(isRunning)).toBe(true)
    const waiting = createVisitor(demo.origin)
      .post('/deployment/kill')
      .catch((error: Error) => error)
    await expect.poll(async () => (await createVisitor(demo.origin).get('/status')).text).toContain('dead')
    expect(await demo.end('SIGINT')).toBe(0)
    expect(pids.filter(isRunning)).toEqual([])
    expect(await waiting).toBeInstanceOf(Error)
  })
})

/** The answer to a name that merely leads to this machine. */
function statusFor(origin: string, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get(origin, { headers: { Host: host } }, answer => resolve(answer.resume().statusCode)).on('error', reject)
  })
}

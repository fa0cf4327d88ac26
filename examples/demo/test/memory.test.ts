import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Demo, startDemo } from './support/demo-process.ts'
import { createVisitor, visitsOn } from './support/visitor.ts'

describe('the demo on a machine without Redis', () => {
  let demo: Demo
  beforeAll(async () => {
    demo = await startDemo({ REDIS_SERVER_BIN: undefined, PATH: '' })
  })
  afterAll(() => demo.end())

  it('says that it runs in memory, and what to install', () => {
    expect(demo.output()).toContain('No Redis was found')
    expect(demo.output()).toContain('apt-get install')
  })

  it('keeps sessions, shows the record, and has no buttons to break it, no load and no plots', async () => {
    const visitor = createVisitor(demo.origin)
    await visitor.post('/cart/add', { item: 'Coffee' })
    const page = await visitor.post('/login', { name: 'Ada' })
    expect(page.text).toContain('Welcome, Ada')
    expect(page.text).toContain('aria-label="1 in the cart"')
    expect(page.text).toContain('revisions')
    expect(page.text).toContain('No Redis was found on this machine')
    expect(page.text).not.toContain('/deployment/')
    expect(page.text).not.toContain('data-plot')
    expect((await fetch(`${demo.origin}/contest/live`)).status).toBe(404)
    expect(page.text).not.toContain(visitor.sid()!)
    expect(visitsOn(await visitor.get())).toBe(2)
    expect((await visitor.post('/logout')).text).not.toContain('Logged in as')
  })

  it('ends with 0 on SIGTERM', async () => {
    const other = await startDemo({ REDIS_SERVER_BIN: undefined, PATH: '' })
    expect(await other.end('SIGTERM')).toBe(0)
  })
})

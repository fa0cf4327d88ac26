/** One session on all frameworks at once, in a browser where there is one, and over HTTP where there is none. */
import { fileURLToPath } from 'node:url'
import { type SentinelTrio, startSentinel } from '@sentinel-session/testing/sentinel'
import { type Browser, chromium } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { findChromium } from '../../support/find-chromium.ts'
import { type Program, startProgram } from '../../support/program.ts'

let trio: SentinelTrio
let server: Program
let origins: string[]

beforeAll(async () => {
  trio = await startSentinel()
  const folder = fileURLToPath(new URL('..', import.meta.url))
  server = startProgram(['server.mjs'], { folder, env: { SAVE_PATH: trio.savePath } })
  origins = (await server.firstLine).split(' ')
})
afterAll(async () => {
  await server?.kill()
  await trio?.stop()
})

interface Visitor {
  /** What the page says. */
  look(origin: string): Promise<string>
  /** Presses the button of the page. */
  press(origin: string, button: 'Log in' | 'Log out'): Promise<void>
}

/** Logs in on each in turn, sees it on all, logs out on the next, and is gone on all. */
async function goesRound(visitor: Visitor): Promise<void> {
  for (const [turn, origin] of origins.entries()) {
    await visitor.press(origin, 'Log in')
    const pages = []
    for (const each of origins) pages.push(await visitor.look(each))
    expect(new Set(pages).size).toBe(1)
    expect(pages[0]).toMatch(/^Logged in as Ada by \w+\.$/)
    await visitor.press(origins[(turn + 1) % origins.length]!, 'Log out')
    for (const each of origins) expect(await visitor.look(each)).toBe('Nobody is logged in.')
  }
}

it('follows a visitor over HTTP', async () => {
  let cookie = ''
  const ask = async (url: string, method = 'GET'): Promise<string> => {
    const response = await fetch(url, { method, headers: { cookie }, redirect: 'manual' })
    for (const line of response.headers.getSetCookie()) cookie = /Max-Age=0/.test(line) ? '' : line.split(';')[0]!
    return response.text()
  }
  await goesRound({
    look: async origin => /<p>(.*)<\/p>/.exec(await ask(origin))![1]!,
    press: async (origin, button) => {
      await ask(origin + (button === 'Log in' ? 'login' : 'logout'), 'POST')
    },
  })
})

const executablePath = findChromium()
if (executablePath === undefined) console.log('No Chromium on PATH: the frameworks are tested over HTTP only.')
else {
  it('follows a browser', async () => {
    let browser: Browser | undefined
    try {
      // Chromium refuses its sandbox to root, as whom containers run it.
      browser = await chromium.launch({ executablePath, chromiumSandbox: process.getuid?.() !== 0 })
      const tab = await browser.newPage()
      await goesRound({
        async look(origin) {
          await tab.goto(origin)
          return (await tab.locator('p').textContent())!
        },
        async press(origin, button) {
          await tab.goto(origin)
          await tab.getByRole('button', { name: button }).click()
          await tab.waitForURL(origin)
        },
      })
    } finally {
      await browser?.close()
    }
  })
}

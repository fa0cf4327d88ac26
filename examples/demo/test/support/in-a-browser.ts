/** The page with its script, where a Chromium is installed. Without one no test is registered, so that none is skipped. */
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Demo, startDemo } from './demo-process.ts'

export function inABrowser(executablePath: string): void {
  describe('the demo in a browser', () => {
    let demo: Demo
    let browser: Browser
    beforeAll(async () => {
      demo = await startDemo()
      // Chromium refuses its sandbox to root, as whom containers run it.
      browser = await chromium.launch({ executablePath, chromiumSandbox: process.getuid?.() !== 0 })
    })
    afterAll(async () => {
      await browser?.close()
      await demo?.end()
    })

    it('keeps the page usable while the next request waits for a primary', async () => {
      const { page, problems } = await open()
      await logIn(page)
      await page.getByRole('button', { name: 'Add one Tea' }).click()
      await page.getByLabel('1 in the cart').waitFor()
      await page.getByRole('button', { name: 'Kill the primary' }).click()
      await page.getByText('The next request waits for a primary').waitFor()
      await page.locator('.state.dead').waitFor()
      await page.getByText('Your session is still here').waitFor()
      await page.getByText('Logged in as Ada').waitFor()
      await page.getByLabel('1 in the cart').waitFor()
      expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Kill the primary')
      expect(problems).toEqual([])
    })

    it('plots both stores, and compares them after a partition', async () => {
      const { page, problems } = await open()
      await page.locator('[data-plot="latency"] .curve.ours[d^="M"]').first().waitFor()
      await page.locator('[data-plot="latency"] .curve.ordinary[d^="M"]').first().waitFor()
      await page.getByRole('button', { name: 'Partition it' }).click()
      await page.getByText('Partition: until everybody agrees again').waitFor()
      await page.getByRole('button', { name: 'Freeze it', disabled: true }).waitFor()
      await page.locator('.mark.fault').first().waitFor({ state: 'attached' })
      await page.locator('.mark.primary').first().waitFor({ state: 'attached' })
      const rows = page.locator('#results tbody', { hasText: 'Partition' }).getByRole('row')
      await rows.filter({ hasText: 'sentinel-session' }).waitFor()
      await rows.filter({ hasText: 'ordinary store' }).waitFor()
      await page.getByRole('button', { name: 'Freeze it', disabled: false }).waitFor()
      expect(problems).toEqual([])
    })

    it('works without the script', async () => {
      const { page } = await open({ javaScriptEnabled: false })
      await logIn(page)
      await page.getByRole('button', { name: 'Log out' }).click()
      await page.getByText('You are logged out').waitFor()
    })

    it('fits a phone', async () => {
      const { page } = await open({ viewport: { width: 360, height: 740 } })
      await logIn(page)
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360)
    })

    async function open(options = {}): Promise<{ page: Page; problems: string[] }> {
      const page = await (await browser.newContext(options)).newPage()
      // A fault takes its time to heal, and the one before it as well.
      page.setDefaultTimeout(50_000)
      const problems: string[] = []
      page.on('pageerror', error => problems.push(error.message))
      page.on('console', message => problems.push(message.text()))
      await page.goto(demo.origin)
      return { page, problems }
    }
  })
}

async function logIn(page: Page): Promise<void> {
  await page.getByLabel('Your name').fill('Ada')
  await page.getByRole('button', { name: 'Log in' }).click()
  await page.getByText('Welcome, Ada').waitFor()
}

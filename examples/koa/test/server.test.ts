/** The example of the README, as its reader would run it. */
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { exampleTest } from '../../support/example-test.ts'

const { trio, server, ask } = exampleTest(['server.mjs'], { folder: fileURLToPath(new URL('..', import.meta.url)) })

it('F-31: answers what is under way when it is told to end, though Redis is frozen meanwhile', async () => {
  const { cookie } = await ask('GET', '/')
  const primary = await trio().currentPrimary()
  await trio().pause(primary)
  const waiting = ask('GET', '/', cookie)
  await new Promise(resolve => setTimeout(resolve, 100))
  server().signal('SIGTERM')
  await new Promise(resolve => setTimeout(resolve, 100))
  await trio().resume(primary)
  expect(await waiting).toMatchObject({ status: 200, body: { views: 2 } })
  expect(await server().ended).toBe(0)
})

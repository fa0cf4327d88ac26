/** The adapter contract: what attaching a session to a framework must mean, over real HTTP, as a whole test file for any runner. */
import { apps } from './adapter-contract/apps.ts'
import { bodies } from './adapter-contract/bodies.ts'
import { cookies } from './adapter-contract/cookies.ts'
import { visitor } from './adapter-contract/requests.ts'
import { saving } from './adapter-contract/saving.ts'
import type { AdapterCase, AdapterSubject } from './adapter-contract/subject.ts'
import type { Runner } from './backend-contract/subject.ts'

/** `adapterContract({ describe, it }, { name: 'koa', start })`: each case gets an app of its own from `start`, and ends it. */
export function adapterContract({ describe, it }: Runner, subject: AdapterSubject): void {
  const test: AdapterCase = (title, scenario, body) => {
    it(title, async () => {
      const app = await subject.start(scenario)
      try {
        await body(visitor(app.origin))
      } finally {
        await app.stop()
      }
    })
  }
  describe(`adapter contract: ${subject.name}`, () => {
    cookies(test)
    saving(test)
    bodies(test)
    apps(test)
  })
}

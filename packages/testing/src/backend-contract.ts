/** The Backend contract: what every storage must do, as a whole test file for any runner. */
import type { Backend } from '@sentinel-session/core'
import { createAndRead } from './backend-contract/create-and-read.ts'
import { end } from './backend-contract/end.ts'
import { life } from './backend-contract/life.ts'
import { named } from './backend-contract/named.ts'
import { replace } from './backend-contract/replace.ts'
import { type BackendSubject, clock, freshKey, type Runner } from './backend-contract/subject.ts'
import { touch } from './backend-contract/touch.ts'
import { users } from './backend-contract/users.ts'

/** `backendContract({ describe, it }, { name: 'memory', create: clock => memoryBackend({ clock }) })` is a whole test file. */
export function backendContract({ describe, it }: Runner, subject: BackendSubject): void {
  const test = (title: string, body: (backend: Backend, key: string) => Promise<void>): void => {
    it(title, async () => {
      const backend = await subject.create(clock)
      try {
        await body(backend, freshKey())
      } finally {
        await backend.close()
      }
    })
  }
  describe(`backend contract: ${subject.name}`, () => {
    createAndRead(test)
    replace(test)
    touch(test)
    end(test)
    life(test)
    users(test)
    named(test)
  })
}

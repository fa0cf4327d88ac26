import { expect, it } from 'vitest'
import { createJar } from './cookie-jar.mjs'

it('sends back what it was given, the latest of each name', () => {
  const jar = createJar()
  jar.take(['a=1; Path=/', '__Host-sid=x=; Path=/; Secure', 'a=2'])
  expect(jar.header()).toBe('a=2; __Host-sid=x=')
})

it('forgets what is over', () => {
  const jar = createJar()
  jar.take(['a=1', 'b=2', 'c=3; Max-Age=60'])
  jar.take(['a=; Max-Age=0', 'b=; Expires=Thu, 01 Jan 1970 00:00:00 GMT'])
  expect(jar.header()).toBe('c=3')
})

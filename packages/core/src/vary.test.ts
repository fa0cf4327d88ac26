import { expect, it } from 'vitest'
import { withVary } from './vary.ts'

it.each([
  [undefined, 'Cookie'],
  [null, 'Cookie'],
  ['', 'Cookie'],
  ['Accept', 'Accept, Cookie'],
  ['accept-encoding , cookie', 'accept-encoding , cookie'],
  ['X-Cookie', 'X-Cookie, Cookie'],
  ['*', '*'],
])('Vary %j varies on Cookie, too, as %j', (current, expected) => {
  expect(withVary(current, 'Cookie')).toBe(expected)
})

import { expect, it } from 'vitest'
import { SessionError } from './errors.ts'

it('answers as a Response with its status and headers, and tells a visitor nothing else', async () => {
  const error = new SessionError('ERR_BACKEND_UNAVAILABLE', 'No primary within 5000 ms.', { retryAfter: 2 })
  const response = error.getResponse!()
  expect([response.status, response.headers.get('retry-after')]).toEqual([503, '2'])
  expect(await response.text()).toBe('Service Unavailable')
})

it.each([
  ['ERR_SESSION_CONFLICT', 409, 'Conflict'],
  ['ERR_SESSION_TOO_LARGE', 413, 'Content Too Large'],
] as const)('%s answers %i', async (code, status, text) => {
  const response = new SessionError(code, 'why').getResponse!()
  expect([response.status, await response.text()]).toEqual([status, text])
})

it('leaves a 500 to the framework, which logs it', () => {
  expect('getResponse' in new SessionError('ERR_CONFIG_INSECURE', 'why')).toBe(false)
})

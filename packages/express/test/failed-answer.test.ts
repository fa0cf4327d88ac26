/** A commit that fails, whatever the handler was about to answer: the error's answer takes its place, and nothing breaks. */
import { describe, expect, it } from 'vitest'
import { forms } from './support/forms.ts'
import { startForm } from './support/held-app.ts'
import { rawExchange, requestText } from './support/raw-exchange.ts'

describe.each(['at once', 'later'] as const)('an error handler that answers %s', when => {
  describe.each(['GET', 'HEAD'])('%s', method => {
    it.each(Object.entries(forms))('takes the place of %s', async (_, form) => {
      await using app = await startForm(form, 'a failing commit', when)
      const wire = await rawExchange(app.port, requestText(method))
      const final = wire.replace(/^(?:HTTP\/1\.1 10\d [\s\S]*?\r\n\r\n)+/, '')
      const [head = '', body] = final.split('\r\n\r\n')
      expect(head).toMatch(/^HTTP\/1\.1 503 Service Unavailable\r\n/)
      expect(head).toMatch(/^Retry-After: 1$/m)
      expect(head.match(/^(?:Set-Cookie|ETag|Trailer|Cache-Control): .*/gim)).toBeNull()
      expect(body).toBe(method === 'HEAD' ? '' : 'an error')
      expect(app.errors).toMatchObject([{ code: 'ERR_BACKEND_UNAVAILABLE' }])
    })
  })
})

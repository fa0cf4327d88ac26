import { describe, expect, it } from 'vitest'
import { queryEscape, queryUnescape } from './query-escape.ts'

describe('the escapes of Go', () => {
  it.each([
    ['p q+/', 'p+q%2B%2F'],
    ["!'()*", '%21%27%28%29%2A'],
    ['-_.~aZ09', '-_.~aZ09'],
    ['%&=;,"\\', '%25%26%3D%3B%2C%22%5C'],
    ['é', '%C3%A9'],
  ])('of %j are %j, and lead back', (text, escaped) => {
    expect(queryEscape(text)).toBe(escaped)
    expect(queryUnescape(escaped)).toBe(text)
  })

  it.each(['%', '%a', '%zz', '%ff'])('that are bad, as %j, give nothing', text => {
    expect(queryUnescape(text)).toBeUndefined()
  })
})

import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { type SavePath, sealed } from './save-path.ts'

const open: SavePath = {
  topology: 'standalone',
  nodes: [{ host: 'a', port: 1 }],
  poolSize: 100,
  db: 0,
  tls: false,
  username: 'app',
  password: 'canary',
}

describe('a sealed save path', () => {
  const path = sealed(open)

  it('reads its password', () => expect(path.password).toBe('canary'))

  it.each<[string, unknown]>([
    ['JSON', JSON.stringify({ path })],
    ['a template', `${path}`],
    ['inspect', inspect(path)],
    ['inspect of what holds it', inspect({ deep: { path } }, { depth: 9 })],
    ['inspect with hidden properties', inspect(path, { showHidden: true })],
    ['inspect without its custom form', inspect(path, { showHidden: true, customInspect: false })],
    ['its values', Object.values(path).join()],
    ['its entries', Object.entries(path).join()],
    ['a copy', JSON.stringify({ ...path })],
    ['a structured clone', inspect(structuredClone(path), { showHidden: true })],
    ['an error with it', inspect(new Error('x', { cause: path }), { depth: 9, showHidden: true })],
  ])('does not show it in %s', (_, printed) => expect(printed).not.toContain('canary'))

  it('shows in a log that there is one, beside the rest', () => {
    expect(inspect(path)).toContain("password: '[hidden]'")
    expect(inspect(path)).toContain("username: 'app'")
  })

  it('cannot be changed', () => {
    expect(Object.isFrozen(path)).toBe(true)
    expect(() => Object.assign(path, { password: 'other' })).toThrow(TypeError)
  })

  it.each([undefined, ''])('has no password for %j', password => {
    const { password: _, ...rest } = open
    const none = sealed(password === undefined ? rest : { ...rest, password })
    expect('password' in none).toBe(false)
    expect(inspect(none)).not.toContain('password')
  })

  it('leaves the original alone', () => expect(open.password).toBe('canary'))
})

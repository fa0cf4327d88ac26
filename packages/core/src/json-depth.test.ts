import { describe, expect, it } from 'vitest'
import { isDeep } from './json-depth.ts'
import { MAX_DEPTH } from './rich-tags.ts'

const isTextDeep = (text: string): boolean => isDeep(text, JSON.parse(text))
const lists = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels)
const records = (levels: number): string => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`

describe('isDeep', () => {
  it.each([
    ['lists', lists],
    ['records', records],
  ])('counts levels of %s', (_, nested) => {
    expect(isTextDeep(nested(MAX_DEPTH + 1))).toBe(false)
    expect(isTextDeep(nested(MAX_DEPTH + 2))).toBe(true)
  })

  it('takes what is wide, and what is full of brackets, for what it is', () => {
    expect(isTextDeep(`{"cart":[${Array.from({ length: 5_000 }, () => '{"a":[]}').join()}]}`)).toBe(false)
    expect(isTextDeep(JSON.stringify({ text: '['.repeat(1_000) }))).toBe(false)
    expect(isTextDeep(`[${lists(MAX_DEPTH + 1)},${'1,'.repeat(10)}1]`)).toBe(true)
  })
})

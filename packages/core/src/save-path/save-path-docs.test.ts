/** docs/save-path.md tells the truth: each row with an example is run. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { isSessionError } from '../errors.ts'
import { parseSavePath, type SavePathOptions } from './parse-save-path.ts'

const page = readFileSync(new URL('../../../../docs/save-path.md', import.meta.url), 'utf8')
const rows = page.split('\n').filter(line => line.startsWith('|') && !/^\|[-|]+$/.test(line))
const examples = rows.filter(row => !/\| example \| gives \|$/.test(row))

/** The last two cells: `text` with `option`, and what it gives. */
const EXAMPLE = /\| `([^`]*)`(?: with `(\w+)`)? \| `([^`]+)` \|$/

const optionsOf = (word: string | undefined): SavePathOptions => {
  if (word === 'beegoFieldBug') return { beegoFieldBug: true }
  return word === undefined ? {} : { provider: word as 'redis' }
}

function outcome(text: string, options: SavePathOptions, keys: string[]): string {
  try {
    const path = parseSavePath(text, options) as unknown as Record<string, unknown>
    return keys.map(key => `${key}: ${show(path[key])}`).join(', ')
  } catch (error) {
    if (!isSessionError(error)) throw error
    return [error.code, ...(error.field === undefined ? [] : [error.field])].join(' ')
  }
}

function show(value: unknown): string {
  if (Array.isArray(value)) return value.map(({ host, port }) => `${host}:${port}`).join(' ')
  return value === undefined ? 'absent' : String(value)
}

describe('docs/save-path.md', () => {
  it('has an example in every row of every table', () => {
    expect(examples.length).toBeGreaterThan(90)
    expect(examples.filter(row => !EXAMPLE.test(row))).toEqual([])
  })

  it.each(examples)('%s', row => {
    const [, text = '', word, gives = ''] = EXAMPLE.exec(row) ?? []
    const keys = [...gives.matchAll(/(?:^|, )(\w+): /g)].map(([, key]) => key!)
    expect(outcome(text, optionsOf(word), keys)).toBe(gives)
  })
})

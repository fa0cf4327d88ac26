import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { checkSecurity } from './check-security.mjs'
import { ADVISORIES, REQUIREMENTS } from './security-list.mjs'

const document = readFileSync(new URL('../docs/security.md', import.meta.url), 'utf8')

test('docs/security.md has a row for each requirement and advisory, and names tests that exist', () => {
  expect([REQUIREMENTS.length, ADVISORIES.length]).toEqual([48, 41])
  expect(checkSecurity(document)).toEqual([])
})

const file = 'packages/a.test.ts'
const source = `
  it('a good title', () => {})
  it.each([['first', 1], ['second', 2]])('the %s of many', () => {})
  it.skip('is left out', () => {})
  for (const what of ['one thing']) it(\`is \${what}: says so\`, () => {})
`
const files = { read: () => source, exists: name => name === file }
const link = `[a.test.ts](../${file})`

/** The faults of one row, whatever else is missing. */
const faultsOf = (state, how) =>
  checkSecurity(`| SEC-01 | what | ${state} | ${how} |`, files)
    .filter(fault => fault.startsWith('SEC-01: '))
    .map(fault => fault.slice('SEC-01: '.length))

test.each([
  ['held', `${link}: "a good title", "the second of many"`],
  ['held', `${link}: "the %s of many". ${link}: "is one thing: says so"`],
  ['in part', `${link}: "a good title". Of the rest nothing is done yet`],
  ['open', 'Being built, and not there yet'],
])('a row that is %s may say: %s', (state, how) => {
  expect(faultsOf(state, how)).toEqual([])
})

test.each([
  ['held', `${link}: "no such title"`, `${file} has no test "no such title"`],
  ['held', `${link}: "a good title and more"`, `${file} has no test "a good title and more"`],
  ['held', `${link}: "the third of many"`, `${file} has no test "the third of many"`],
  ['held', `${link}: "is left out"`, `${file} has no test "is left out"`],
  ['held', '[b](../packages/b.test.ts): "a good title"', 'packages/b.test.ts does not exist'],
  ['held', `${link}: "a good title". ${link}`, `${file} without the title of a test`],
  ['held', 'By good will alone, as everybody says', 'names no test'],
  ['in part', `${link}: "a good title"`, 'gives no reason'],
  ['not held', '', 'gives no reason'],
  ['perhaps', `${link}: "a good title"`, '"perhaps" is none of: held, in part, open, not held, not applicable'],
])('a row that is %s may not say: %s', (state, how, fault) => {
  expect(faultsOf(state, how)).toEqual([fault])
})

test('a row that is missing, there twice or unknown is found', () => {
  const lines = document.split('\n')
  const row = lines.find(line => line.startsWith('| SEC-30 |'))
  const without = lines.filter(line => line !== row).join('\n')
  expect(checkSecurity(without)).toEqual(['SEC-30: has no row'])
  expect(checkSecurity(`${document}\n${row}`)).toEqual(['SEC-30: has more than one row'])
  expect(checkSecurity(`${document}\n${row.replace('SEC-30', 'SEC-49')}`)).toEqual([
    'SEC-49: is not in scripts/security-list.mjs',
  ])
  expect(checkSecurity(document.replace('CVE-2016-4423', 'CVE-2016-0000'))).toEqual([
    'CVE-2016-4423: has no row',
    'CVE-2016-0000: is not in scripts/security-list.mjs',
  ])
})

/** docs/security.md against the list of what was asked for, and against the tests that it names. */
import { posix } from 'node:path'
import { ADVISORIES, REQUIREMENTS } from './security-list.mjs'
import { missingTests, ofRepository, referencesIn, withoutReferences } from './test-references.mjs'

const DOCUMENT = 'docs/security.md'

/** What a row may say. With the first two it names a test, with the others the reason. */
const STATES = ['held', 'in part', 'open', 'not held', 'not applicable']

/** Every fault of the document, as text. `read` and `exists` take paths from the root. */
export function checkSecurity(markdown, { read, exists } = ofRepository()) {
  const rows = rowsOf(markdown)
  const known = [...REQUIREMENTS, ...ADVISORIES.map(ids => ids.join(', '))]
  return [
    ...known.flatMap(id => {
      const count = rows.filter(row => row.id === id).length
      return count === 1 ? [] : [`${id}: ${count === 0 ? 'has no row' : 'has more than one row'}`]
    }),
    ...rows.filter(({ id }) => !known.includes(id)).map(({ id }) => `${id}: is not in scripts/security-list.mjs`),
    ...rows.flatMap(row => faultsOf(row, { read, exists }).map(fault => `${row.id}: ${fault}`)),
  ]
}

/** Rows of the tables whose second column is a state. */
function rowsOf(markdown) {
  const cells = line => line.slice(2, -2).split(' | ')
  const lines = markdown.split('\n').filter(line => /^\| .+ \|$/.test(line))
  return lines
    .map(cells)
    .filter(([id]) => /^SEC-|\d/.test(id))
    .map(([id, what, state, how = '']) => ({ id, what, state, how }))
}

function faultsOf({ state, how }, files) {
  if (!STATES.includes(state)) return [`"${state}" is none of: ${STATES.join(', ')}`]
  const references = referencesIn(how, posix.dirname(DOCUMENT))
  const named = references.flatMap(({ titles }) => titles)
  const reason = withoutReferences(how).trim()
  const faults = references.flatMap(reference => missingTests(reference, files))
  if ((state === 'held' || state === 'in part') && named.length === 0) faults.push('names no test')
  if (state !== 'held' && reason.length < 20) faults.push('gives no reason')
  return faults
}

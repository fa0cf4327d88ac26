/** docs/security.md against the list of what was asked for, and against the tests that it names. */
import { existsSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { ADVISORIES, REQUIREMENTS } from './security-list.mjs'

const DOCUMENT = 'docs/security.md'

/** What a row may say. With the first two it names a test, with the others the reason. */
const STATES = ['held', 'in part', 'open', 'not held', 'not applicable']

/** A link to a source file, and the titles behind it: `[name](path.test.ts): "a title", "another"`. */
const REFERENCE = /\[[^\]]+\]\(([^)\s]+\.(?:ts|mjs))\)((?:[:,]? "[^"]+")*)/g

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
  const references = [...how.matchAll(REFERENCE)].map(([, path, titles]) => ({
    file: posix.join(posix.dirname(DOCUMENT), path),
    titles: [...titles.matchAll(/"([^"]+)"/g)].map(([, title]) => title),
  }))
  const named = references.flatMap(({ titles }) => titles)
  const reason = how.replaceAll(REFERENCE, '').trim()
  const faults = references.flatMap(reference => missing(reference, files))
  if ((state === 'held' || state === 'in part') && named.length === 0) faults.push('names no test')
  if (state !== 'held' && reason.length < 20) faults.push('gives no reason')
  return faults
}

function missing({ file, titles }, { read, exists }) {
  if (!exists(file)) return [`${file} does not exist`]
  if (titles.length === 0) return /\.test\.\w+$/.test(file) ? [`${file} without the title of a test`] : []
  const text = read(file)
  const patterns = titlesIn(file, text)
  return titles.filter(title => !patterns.some(isTitle(title, text))).map(title => `${file} has no test "${title}"`)
}

/** `%s` in a title stands for something that the file says elsewhere, in a row of its table. */
const isTitle = (title, text) => pattern => {
  const match = pattern.exec(title)
  return match?.slice(1).every(part => text.includes(part))
}

/** The titles of all tests and suites of a file that are not skipped, as patterns. */
function titlesIn(file, text) {
  const patterns = []
  const visit = node => {
    if (ts.isCallExpression(node) && node.arguments.length > 0) {
      const [runner, ...modifiers] = node.expression.getText().split(/\W+/)
      const [title] = node.arguments
      const skipped = modifiers.some(word => word === 'skip' || word === 'todo')
      if (['it', 'test', 'describe'].includes(runner) && !skipped) patterns.push(...patternOf(title))
    }
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true))
  return patterns
}

function patternOf(title) {
  const escaped = text => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/%[sjid]/g, '(.+)')
  if (ts.isStringLiteralLike(title)) return [new RegExp(`^${escaped(title.text)}$`)]
  if (!ts.isTemplateExpression(title)) return []
  const rest = title.templateSpans.map(({ literal }) => `(.+)${escaped(literal.text)}`).join('')
  return [new RegExp(`^${escaped(title.head.text)}${rest}$`)]
}

function ofRepository() {
  const root = fileURLToPath(new URL('..', import.meta.url))
  return { read: file => readFileSync(join(root, file), 'utf8'), exists: file => existsSync(join(root, file)) }
}

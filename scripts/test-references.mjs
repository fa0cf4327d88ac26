/** Where a document names tests, and whether they exist. */
import { existsSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

/** A link to a source file, and the titles behind it: `[name](path.test.ts): "a title", "another"`. */
const REFERENCE = /\[[^\]]+\]\(([^)\s]+\.(?:ts|mjs))\)((?:[:,]? "[^"]+")*)/g

/** `folder` is that of the document. */
export function referencesIn(markdown, folder) {
  return [...markdown.matchAll(REFERENCE)].map(([, path, titles]) => ({
    file: posix.join(folder, path),
    titles: [...titles.matchAll(/"([^"]+)"/g)].map(([, title]) => title),
  }))
}

export const withoutReferences = markdown => markdown.replaceAll(REFERENCE, '')

/** What is wrong with a reference, as text. `read` and `exists` take paths from the root. */
export function missingTests({ file, titles }, { read, exists }) {
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

/** The files of this repository. */
export function ofRepository() {
  const root = fileURLToPath(new URL('..', import.meta.url))
  return { read: file => readFileSync(join(root, file), 'utf8'), exists: file => existsSync(join(root, file)) }
}

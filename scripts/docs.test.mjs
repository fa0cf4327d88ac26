/** The documents agree with the code: the table of errors, both ways, and every link to a file of this repository. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { SessionError } from '@sentinel-session/core'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const read = file => readFileSync(join(root, file), 'utf8')

function filesBelow(folder, pattern) {
  if (!existsSync(join(root, folder))) return []
  const found = readdirSync(join(root, folder), { recursive: true }).map(String)
  return found.filter(file => pattern.test(file)).map(file => join(folder, file))
}

describe('docs/errors.md', () => {
  const rows = [...read('docs/errors.md').matchAll(/^\| `(\w+)` \| (\d+) \| .+ \| .+ \|$/gm)]
  const documented = rows.map(([, code]) => code)

  it('lists each code once, and exactly those that the code throws', () => {
    const shipped = readdirSync(join(root, 'packages'))
      .flatMap(name => filesBelow(`packages/${name}/src`, /\.ts$/))
      .filter(file => !/\.test(-d)?\.ts$/.test(file))
    const thrown = [...new Set(shipped.flatMap(thrownIn))]
    expect(thrown.length).toBeGreaterThan(20)
    expect(documented.toSorted()).toEqual(thrown.toSorted())
  })

  it('gives the HTTP status that each error has', () => {
    const told = Object.fromEntries(rows.map(([, code, status]) => [code, Number(status)]))
    expect(told).toEqual(Object.fromEntries(documented.map(code => [code, new SessionError(code, '').status])))
  })
})

/** The codes of `new SessionError('ERR_…', …)`; a code that is no literal comes as what stands there, and fits no row. */
function thrownIn(file) {
  const codes = []
  const visit = node => {
    if (ts.isNewExpression(node) && node.expression.getText() === 'SessionError') {
      const [code] = node.arguments
      codes.push(ts.isStringLiteral(code) ? code.text : `${file}: ${code.getText()}`)
    }
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile(file, read(file), ts.ScriptTarget.Latest, true))
  return codes
}

describe('links', () => {
  const documents = [
    ...readdirSync(root).filter(file => file.endsWith('.md')),
    ...filesBelow('docs', /\.md$/),
    ...readdirSync(join(root, 'packages')).flatMap(name => filesBelow(`packages/${name}`, /^README\.md$/)),
  ]

  it.each(documents)('of %s lead to a file or heading of this repository', document => {
    const links = [...read(document).matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].map(([, link]) => link)
    expect(links.filter(link => !leadsSomewhere(document, link))).toEqual([])
  })
})

function leadsSomewhere(from, link) {
  const [path, heading] = link.split('#')
  const target = path === '' ? from : join(dirname(from), path)
  if (!existsSync(join(root, target))) return false
  return heading === undefined || headingsOf(target).includes(heading)
}

/** As GitHub names them. */
function headingsOf(document) {
  const titles = [...read(document).matchAll(/^#+ (.+)$/gm)].map(([, title]) => title)
  return titles.map(title =>
    title
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  )
}

/** docs/beego.md tells the truth: each test that a row names exists, and each member of Beego's interfaces has a row. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const read = file => readFileSync(join(root, file), 'utf8')
const parse = file => ts.createSourceFile(file, read(file), ts.ScriptTarget.Latest, true)

const page = read('docs/beego.md')
const rows = page.split('\n').filter(line => /^\| (?!Beego \|)/.test(line))
const lastCell = row => row.split(' | ').at(-1).replace(/ \|$/, '')

/** Nothing else may be open. */
const OPEN = [/`redis_cluster`/, /`EncodeGob`/]
const isOpen = row => lastCell(row) === 'not there yet'

const tests = [...page.matchAll(/\[([^\]]+)\]\(\.\.\/([^)]+\.test\.ts)\)/g)].map(([, title, file]) => ({ title, file }))

/** The titles of `it(…)` and `it.each(…)(…)`. */
function titlesIn(file) {
  if (!existsSync(join(root, file))) return []
  const titles = []
  const visit = node => {
    if (ts.isCallExpression(node) && /^it\b/.test(node.expression.getText())) {
      const [title] = node.arguments
      if (title !== undefined && ts.isStringLiteralLike(title)) titles.push(title.text)
    }
    ts.forEachChild(node, visit)
  }
  visit(parse(file))
  return titles
}

function membersOf(file, name) {
  const declaration = parse(file).statements.find(node => ts.isInterfaceDeclaration(node) && node.name.text === name)
  return declaration.members.map(member => member.name.text)
}

describe('docs/beego.md', () => {
  it('names only tests that exist', () => {
    const titles = new Map([...new Set(tests.map(({ file }) => file))].map(file => [file, titlesIn(file)]))
    expect(tests.length).toBeGreaterThan(90)
    expect(tests.filter(({ title, file }) => !titles.get(file).includes(title))).toEqual([])
  })

  it('has a test in each row, but for those that are not there yet', () => {
    const without = rows.filter(row => !isOpen(row) && !/\]\(\.\.\/[^)]+\.test\.ts\)$/.test(lastCell(row)))
    expect(rows.length).toBeGreaterThan(80)
    expect(without).toEqual([])
    expect(rows.filter(row => isOpen(row) && !OPEN.some(name => name.test(row)))).toEqual([])
  })

  it.each([
    ['ManagerConfig', 'packages/core/src/beego/manager-config.ts', /./],
    ['Provider', 'packages/core/src/provider.ts', /^session/],
    ['Manager', 'packages/core/src/manager.ts', /^(session(?!sOf)|get|setSecure|gc)/],
  ])('has a row for each member of %s', (name, file, ofBeego) => {
    const members = membersOf(file, name).filter(member => ofBeego.test(member))
    expect(members.length).toBeGreaterThan(6)
    expect(members.filter(member => !rows.some(row => new RegExp(`\`${member}[\`(]`).test(row)))).toEqual([])
  })
})

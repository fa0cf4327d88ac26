/** docs/beego.md tells the truth: each test that a row names exists, and each member of Beego's interfaces has a row. */
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { missingTests, ofRepository, referencesIn } from './test-references.mjs'

const files = ofRepository()
const page = files.read('docs/beego.md')
const rows = page.split('\n').filter(line => /^\| (?!Beego \|)/.test(line))
const lastCell = row => row.split(' | ').at(-1).replace(/ \|$/, '')
const testsOf = row => referencesIn(lastCell(row), 'docs')

function membersOf(file, name) {
  const { statements } = ts.createSourceFile(file, files.read(file), ts.ScriptTarget.Latest)
  const declaration = statements.find(node => ts.isInterfaceDeclaration(node) && node.name.text === name)
  return declaration.members.map(member => member.name.text)
}

describe('docs/beego.md', () => {
  it('names only tests that exist', () => {
    const references = referencesIn(page, 'docs')
    expect(references.length).toBeGreaterThan(90)
    expect(references.flatMap(reference => missingTests(reference, files))).toEqual([])
  })

  it('names a test in each row: nothing is open', () => {
    expect(rows.length).toBeGreaterThan(80)
    expect(rows.filter(row => !testsOf(row).some(({ titles }) => titles.length > 0))).toEqual([])
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

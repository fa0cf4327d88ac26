/** The import rules of the packages, read from the syntax trees of their sources. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const SCOPE = '@sentinel-session/'
const CORE = /^@sentinel-session\/core(\/internal)?$/
const REDIS = /^@sentinel-session\/redis(\/internal)?$/
const BUILT = new Set(['node_modules', 'dist'])

/** Which bare specifiers the sources of a package may name: (specifier, file, typeOnly) => allowed. */
const RULES = {
  core: () => false,
  redis: name => CORE.test(name) || name === 'ioredis' || name.startsWith('node:'),
  koa: adapterOf('koa'),
  hono: adapterOf('hono'),
  fetch: adapterOf(),
  express: (name, file, typeOnly) =>
    adapterOf('node:http')(name, file, typeOnly) || (name === 'node:events' && file === 'src/compat/store.ts'),
  fastify: (name, ...at) => name === 'fastify-plugin' || adapterOf('fastify')(name, ...at),
  gateway: name => CORE.test(name),
  beego: name => CORE.test(name),
  testing: (name, file) => CORE.test(name) || (name.startsWith('node:') && /^src\/sentinel(\.ts$|\/)/.test(file)),
}

/** An adapter knows its framework by types, and Redis in one file. */
function adapterOf(framework) {
  return (name, file, typeOnly) =>
    CORE.test(name) ||
    (name === framework && typeOnly) ||
    (REDIS.test(name) && file === 'src/redis-sentinel-session.ts')
}

/** Every breach below `root`, as `file:line: what is wrong`. */
export function checkImports(root) {
  return [
    ...foldersOf(root, 'packages').flatMap(name => checkPackage(root, name)),
    ...foldersOf(root, 'examples').flatMap(name => foreignPaths(ofAnExample(root, name))),
  ]
}

/** But for what the examples share. */
function ofAnExample(root, name) {
  return importsIn(root, `examples/${name}`, ['.']).filter(({ target }) => !target?.startsWith('../support/'))
}

function checkPackage(root, name) {
  const allowed = RULES[name]
  if (allowed === undefined) return [`packages/${name}: has no import rule in scripts/check-imports.mjs`]
  const imports = importsIn(root, `packages/${name}`, ['src', 'test'])
  const shipped = imports.filter(({ file }) => file.startsWith('src/') && !isTest(file))
  const isForbidden = ({ file, specifier, typeOnly }) => !isRelative(specifier) && !allowed(specifier, file, typeOnly)
  const isOwnIndex = ({ target }) => target === 'src/index.ts'
  return [
    ...foreignPaths(imports),
    ...shipped.filter(isForbidden).map(found => show(found, `is not allowed in ${name}`)),
    ...shipped.filter(isOwnIndex).map(found => show(found, 'imports the index of its own package')),
    ...cyclesOf(shipped).map(cycle => `packages/${name}: import cycle ${cycle.join(' -> ')}`),
  ]
}

const show = ({ folder, file, line, specifier }, why) => `${folder}/${file}:${line}: '${specifier}' ${why}`

/** What the tests of the examples share is no package. */
const SHARED = '../support/'

const foreignPaths = imports =>
  imports.filter(isForeignPath).map(found => show(found, 'reaches into the sources of another package'))

function isForeignPath({ specifier, target }) {
  if (target !== undefined) return target.startsWith('..') && !target.startsWith(SHARED)
  return specifier.startsWith(SCOPE) && specifier.includes('/src/')
}

/** Cycles of what is imported at run time: types are erased. */
function cyclesOf(imports) {
  const edges = new Map()
  for (const { file, target, typeOnly } of imports) {
    if (target !== undefined && !typeOnly) edges.set(file, [...(edges.get(file) ?? []), target])
  }
  const cycles = []
  const done = new Set()
  const visit = (file, path) => {
    if (path.includes(file)) cycles.push([...path.slice(path.indexOf(file)), file])
    else if (!done.has(file)) {
      for (const target of edges.get(file) ?? []) visit(target, [...path, file])
      done.add(file)
    }
  }
  for (const file of edges.keys()) visit(file, [])
  return cycles
}

function foldersOf(root, group) {
  if (!existsSync(join(root, group))) return []
  return readdirSync(join(root, group)).filter(name => existsSync(join(root, group, name, 'package.json')))
}

function importsIn(root, folder, parts) {
  const files = parts.flatMap(part => sourcesIn(join(root, folder), part))
  return files.flatMap(file => importsOf(root, folder, file))
}

function sourcesIn(folder, part) {
  if (!existsSync(join(folder, part))) return []
  return readdirSync(join(folder, part), { withFileTypes: true }).flatMap(entry => {
    const path = posix.join(part, entry.name)
    if (entry.isDirectory()) return BUILT.has(entry.name) ? [] : sourcesIn(folder, path)
    return /\.[cm]?[jt]sx?$/.test(entry.name) ? [path] : []
  })
}

function importsOf(root, folder, file) {
  const source = ts.createSourceFile(file, readFileSync(join(root, folder, file), 'utf8'), ts.ScriptTarget.Latest)
  const found = []
  const visit = node => {
    const literal = specifierOf(node)
    if (literal !== undefined && ts.isStringLiteralLike(literal)) {
      const specifier = literal.text
      const line = source.getLineAndCharacterOfPosition(literal.getStart(source)).line + 1
      const target = isRelative(specifier) ? posix.join(posix.dirname(file), specifier) : undefined
      found.push({ folder, file, line, specifier, target, typeOnly: isTypeOnly(node) })
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

function specifierOf(node) {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier
  if (ts.isExternalModuleReference(node)) return node.expression
  if (ts.isImportTypeNode(node)) return ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined
  if (!ts.isCallExpression(node)) return undefined
  const { expression } = node
  const loads = expression.kind === ts.SyntaxKind.ImportKeyword || expression.text === 'require'
  return loads || expression.name?.text === 'getBuiltinModule' ? node.arguments[0] : undefined
}

function isTypeOnly(node) {
  if (ts.isImportDeclaration(node)) return node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword
  return ts.isImportTypeNode(node) || (ts.isExportDeclaration(node) && node.isTypeOnly)
}

const isRelative = specifier => specifier.startsWith('.')
const isTest = file => /\.test(-d)?\.ts$/.test(file)

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const problems = checkImports(fileURLToPath(new URL('..', import.meta.url)))
  for (const problem of problems) console.error(problem)
  if (problems.length > 0) process.exitCode = 1
}

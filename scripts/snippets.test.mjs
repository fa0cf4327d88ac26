/** The code blocks of the documents are programs: each compiles against this workspace; those of the READMEs and of some of the documents run. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startSentinel } from '@sentinel-session/testing/sentinel'
import ts from 'typescript'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePort, startProgram } from '../examples/support/program.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

const readmes = [
  'README.md',
  ...readdirSync(join(root, 'packages'))
    .map(name => `packages/${name}/README.md`)
    .filter(file => existsSync(join(root, file))),
]

/** But for docs/decisions: what they measured, they measured then. */
const documents = [
  ...readmes,
  'CONTRIBUTING.md',
  ...readdirSync(join(root, 'docs'))
    .filter(file => file.endsWith('.md'))
    .map(file => `docs/${file}`),
]
const snippets = documents.flatMap(snippetsOf)

/** Where its packages are: the example of its package, or that of Koa. What is about Beego needs a package that no example has. */
function folderOf(file) {
  if (/beego/.test(file)) return join(root, 'packages/beego')
  const example = file.replace(/^packages\/(\w+)\/.*$/, 'examples/$1').replace('docs/edge.md', 'examples/gateway')
  return join(root, existsSync(join(root, example, 'package.json')) ? example : 'examples/koa')
}

function snippetsOf(file) {
  const text = readFileSync(join(root, file), 'utf8')
  return [...text.matchAll(/^```(js|mjs|ts)\n(.*?)^```$/gms)].map(({ index, 1: language, 2: code }) => ({
    file,
    line: text.slice(0, index).split('\n').length + 1,
    language,
    code,
    isCommonJs: /\brequire\(/.test(code),
  }))
}

describe('the README', () => {
  it('shows examples/koa/server.mjs as it is', () => {
    const [first] = snippetsOf('README.md')
    expect(first.code).toBe(readFileSync(join(root, 'examples/koa/server.mjs'), 'utf8'))
  })
})

describe('code blocks', () => {
  it('compile', { timeout: 180_000 }, () => {
    expect(snippets.length).toBeGreaterThan(6)
    // What merges types does so for the whole program.
    const merging = snippets.filter(({ code }) => /^declare /m.test(code))
    const others = snippets.filter(snippet => !merging.includes(snippet))
    const programs = [others, ...merging.map(snippet => [snippet])]
    expect(programs.flatMap(problemsOf)).toEqual([])
  })
})

/** What the compiler says, with the place in the document. The files exist in memory only, where the packages are. */
function problemsOf(blocks) {
  const extension = ({ language, isCommonJs }) => (isCommonJs ? 'cjs' : language === 'ts' ? 'mts' : 'mjs')
  const files = new Map(
    blocks.map((block, n) => [join(folderOf(block.file), `snippet-${n}.${extension(block)}`), block]),
  )
  const { config } = ts.readConfigFile(join(root, 'tsconfig.base.json'), ts.sys.readFile)
  const base = ts.parseJsonConfigFileContent({ compilerOptions: config.compilerOptions, files: [] }, ts.sys, root)
  const options = {
    ...base.options,
    allowJs: true,
    checkJs: true,
    noEmit: true,
    noUnusedLocals: false,
    noImplicitAny: false,
    declaration: false,
    isolatedDeclarations: false,
    allowImportingTsExtensions: true,
    types: ['node'],
    typeRoots: [join(root, 'node_modules/@types')],
    lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts', 'lib.dom.d.ts'],
  }
  const host = ts.createCompilerHost(options)
  const { fileExists, readFile, getSourceFile } = host
  const textOf = path => files.get(path.split('/').join(join('/')))?.code
  host.fileExists = path => textOf(path) !== undefined || fileExists(path)
  host.readFile = path => textOf(path) ?? readFile(path)
  host.getSourceFile = (path, version, ...rest) => {
    const text = textOf(path)
    return text === undefined ? getSourceFile(path, version, ...rest) : ts.createSourceFile(path, text, version, true)
  }
  const program = ts.createProgram([...files.keys()], options, host)
  return ts.getPreEmitDiagnostics(program).flatMap(({ file, start, messageText }) => {
    const message = ts.flattenDiagnosticMessageText(messageText, '\n')
    if (file === undefined) return message
    const line = file.getLineAndCharacterOfPosition(start).line
    const block = files.get(join(file.fileName))
    // Sources of ours are compiled elsewhere, and without what a block merges into them.
    return block === undefined ? [] : `${block.file}:${block.line + line}: ${message}`
  })
}

describe('the programs of the READMEs, and those on keys, users, stores and two ways of moving in, run as a project would run them, on the built packages', () => {
  let trio
  beforeAll(async () => {
    trio = await startSentinel()
  }, 60_000)
  afterAll(() => trio?.stop())

  const programs = [
    ...readmes,
    'docs/encryption.md',
    'docs/users.md',
    'docs/stores.md',
    'docs/moving-in.md',
    'docs/beego-migration.md',
  ]
    .flatMap(snippetsOf)
    .map(snippet => [`${snippet.file}:${snippet.line}`, snippet])
  it.each(programs)('%s', { timeout: 60_000 }, async (_, { file, code, isCommonJs }) => {
    const env = {
      SAVE_PATH: trio.savePath,
      PORT: String(await freePort()),
      SESSION_KEYS: `${'2'.repeat(64)} ${'1'.repeat(64)}`,
    }
    const type = `--input-type=${isCommonJs ? 'commonjs' : 'module'}`
    const program = startProgram([type, '-'], {
      folder: folderOf(file),
      env,
      code: isCommonJs ? code : withoutTypes(code),
    })
    if (/\.listen\(|\bserve\(/.test(code)) {
      // A server goes on for ever: it has started when it says so.
      await program.firstLine
      await program.kill()
    } else {
      expect({ exit: await program.ended, output: program.output() }).toMatchObject({ exit: 0 })
    }
  })
})

/** Nor has the result `await using`, which Node 20 does not know. */
function withoutTypes(code) {
  const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true }
  return ts.transpileModule(code, { compilerOptions }).outputText
}

/** The runtimes: where their programs are, how they are started, and where they are known to differ. */
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = name => fileURLToPath(new URL(name, import.meta.url))
const exe = process.platform === 'win32' ? '.exe' : ''
const target = `${process.platform} ${process.arch}`

const ofThis = createRequire(import.meta.url)

/** The package that has the program for this platform, among those that the named one, or this one, asks for. Null: there is none. */
function programOf(name, packages, path) {
  const wanted = packages[target]
  if (wanted === undefined) return null
  try {
    const require = name === null ? ofThis : createRequire(ofThis.resolve(`${name}/package.json`))
    const program = join(dirname(require.resolve(`${wanted}/package.json`)), path + exe)
    return existsSync(program) ? program : null
  } catch {
    return null
  }
}

const BUN = {
  'linux x64': '@oven/bun-linux-x64',
  'linux arm64': '@oven/bun-linux-aarch64',
  'darwin x64': '@oven/bun-darwin-x64',
  'darwin arm64': '@oven/bun-darwin-aarch64',
  'win32 x64': '@oven/bun-windows-x64',
}
const DENO = {
  'linux x64': '@deno/linux-x64-glibc',
  'linux arm64': '@deno/linux-arm64-glibc',
  'darwin x64': '@deno/darwin-x64',
  'darwin arm64': '@deno/darwin-arm64',
  'win32 x64': '@deno/win32-x64',
}
/** Only as packages for Linux. */
const nodeOf = major => ({ 'linux x64': `node${major}-linux-x64`, 'linux arm64': `node${major}-linux-arm64` })
const WORKERD = {
  'linux x64': '@cloudflare/workerd-linux-64',
  'linux arm64': '@cloudflare/workerd-linux-arm64',
  'darwin x64': '@cloudflare/workerd-darwin-64',
  'darwin arm64': '@cloudflare/workerd-darwin-arm64',
  'win32 x64': '@cloudflare/workerd-windows-64',
}

/** Of every runtime: fake timers, and modules loaded anew. */
const ONLY_VITEST = [/vi\.\w+ is vitest's alone/, 'need what only vitest has']

/** `known` are failures that are not core's: what stands in title or error, and the reason. */
export const RUNTIMES = [
  { name: 'Node', program: process.execPath, args: [here('main.mjs')], known: [ONLY_VITEST] },
  {
    name: 'Bun',
    program: programOf('bun', BUN, 'bin/bun'),
    args: ['run', here('main.mjs')],
    known: [
      ONLY_VITEST,
      [/parseAddresses > reads back what was written[\s\S]*Counterexample/, 'URL refuses some IPv6 addresses'],
    ],
  },
  {
    name: 'Deno',
    program: programOf('deno', DENO, 'deno'),
    // The assertions look for FORCE_COLOR. Core needs no permission.
    args: ['run', '--no-config', '--no-remote', '--no-prompt', '--allow-env', here('main.mjs')],
    known: [
      ONLY_VITEST,
      [
        /compressed > refuses what it did not write[\s\S]*instead of rejecting/,
        'DecompressionStream accepts a cut end',
      ],
    ],
  },
  {
    name: 'workerd',
    program: programOf('workerd', WORKERD, 'bin/workerd'),
    args: ['test', here('workerd.capnp')],
    known: [
      ONLY_VITEST,
      [/runInThisContext method is not implemented/, 'node:vm is a stub'],
      [/getRandomValues\(\) only accepts buffers of size <= 64K/, 'node:crypto has a limit of 64 KiB'],
    ],
  },
]

/** Where the examples run as servers, and how. */
export const SERVING = [
  { name: `Node ${process.versions.node}`, program: process.execPath, argsFor: () => ['server.mjs'] },
  ...[22, 24, 26].map(major => ({
    name: `Node ${major}`,
    program: programOf(null, nodeOf(major), 'bin/node'),
    argsFor: () => ['server.mjs'],
  })),
  {
    name: 'Bun',
    program: programOf('bun', BUN, 'bin/bun'),
    argsFor: example => [example === 'fetch' ? 'bun.mjs' : 'server.mjs'],
  },
  {
    name: 'Deno',
    program: programOf('deno', DENO, 'deno'),
    argsFor: example => [
      ...[
        'run',
        '--no-prompt',
        '--node-modules-dir=manual',
        '--allow-net',
        '--allow-env',
        '--allow-read',
        '--allow-sys',
      ],
      example === 'fetch' ? 'deno.mjs' : 'server.mjs',
    ],
  },
]

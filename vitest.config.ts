import { existsSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url))

const packages = readdirSync(path('packages')).filter(name => existsSync(path(`packages/${name}/package.json`)))

const hasTypeTests = (name: string) =>
  readdirSync(path(`packages/${name}/src`), { recursive: true }).some(file => String(file).endsWith('.test-d.ts'))

const unitProjects = packages.map(name => ({
  extends: true as const,
  root: path(`packages/${name}`),
  test: {
    name,
    include: ['src/**/*.test.ts'],
    typecheck: { enabled: hasTypeTests(name), include: ['src/**/*.test-d.ts'], tsconfig: 'tsconfig.json' },
  },
}))

/** Needs Go, which nothing else does: `npm run test:go` looks for it. */
const goProject = {
  extends: true as const,
  test: { name: 'go', include: ['packages/beego/test/go/*.test.ts'] },
}

export default defineConfig({
  resolve: {
    alias: [
      { find: /^@sentinel-session\/(\w+)$/, replacement: path('packages/$1/src/index.ts') },
      { find: /^@sentinel-session\/(\w+)\/(\w+)$/, replacement: path('packages/$1/src/$2.ts') },
    ],
  },
  test: {
    // A guard against hangs, not a measure of speed: machines are slow at times.
    testTimeout: 30_000,
    reporters: ['default', path('scripts/summary-reporter.mjs')],
    projects: [
      ...unitProjects,
      ...(process.env.GO_BIN === undefined ? [] : [goProject]),
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['packages/*/test/**/*.test.ts', 'examples/*/test/**/*.test.ts'],
          exclude: goProject.test.include,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'scripts',
          include: ['scripts/**/*.test.mjs', 'chaos/**/*.test.mjs'],
          exclude: ['**/node_modules/**'],
          testTimeout: 60_000,
        },
      },
    ],
  },
})

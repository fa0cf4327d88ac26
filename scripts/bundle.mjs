/** Bundles for platforms without Node: what is not in the sources of core cannot get in. */
import { fileURLToPath } from 'node:url'
import { brotliCompressSync } from 'node:zlib'
import { rolldown } from 'rolldown'

export const source = (name, file = 'index.ts') =>
  fileURLToPath(new URL(`../packages/${name}/src/${file}`, import.meta.url))

export const CORE = source('core')
export const BEEGO = source('beego')

const ALIAS = { '@sentinel-session/core': CORE, '@sentinel-session/core/internal': source('core', 'internal.ts') }

/** The code as one module, and all that it still imports from elsewhere; that is what is not ours, and what is said to be. */
export async function bundle(entry, { minify = false, isExternal = /^$/ } = {}) {
  const build = await rolldown({
    input: entry,
    platform: 'browser',
    resolve: { alias: ALIAS },
    external: name => isExternal.test(name) || (!name.startsWith('.') && !name.startsWith('/') && !(name in ALIAS)),
    logLevel: 'silent',
  })
  try {
    const { output } = await build.generate({ format: 'esm', minify })
    const [{ code, imports, dynamicImports }, ...others] = output
    return { code, imports: [...imports, ...dynamicImports, ...others.map(({ fileName }) => fileName)] }
  } finally {
    await build.close()
  }
}

/** As a server sends it: brotli at its best. */
export const brotliBytes = code => brotliCompressSync(code).length

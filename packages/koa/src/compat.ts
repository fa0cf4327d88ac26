/** koa-session's way of writing sessions, over ours: `import session from '@sentinel-session/koa/compat'`. Instead of the main entry, not beside it. */
import { createSession } from './compat/create-session.ts'

export type { CompatSession } from './compat/compat-session.ts'
export type { CompatContext, WithProvider } from './compat/create-session.ts'
export type { CompatOptions, ExternalStore } from './compat/options.ts'
export { createSession }
// biome-ignore lint/style/noDefaultExport: as the package that it takes the place of
export default createSession

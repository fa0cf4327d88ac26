/** For Node, Bun and Deno. */
import { runAll } from './dist/tests.mjs'

console.log(`RESULT ${JSON.stringify(await runAll())}`)

/** The example as its reader would run it. */
import { fileURLToPath } from 'node:url'
import { exampleTest } from '../../support/example-test.ts'

exampleTest(['server.mjs'], { folder: fileURLToPath(new URL('..', import.meta.url)) })

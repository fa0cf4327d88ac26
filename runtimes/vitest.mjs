/** What stands in for vitest where it cannot run: enough of it for the unit tests of core, with vitest's own assertions and mocks. */
import { ASYMMETRIC_MATCHERS_OBJECT, JestAsymmetricMatchers, JestChaiExpect, JestExtend } from '@vitest/expect'
import { fn, restoreAllMocks, spyOn } from '@vitest/spy'
import * as chai from 'chai'

for (const plugin of [JestExtend, JestChaiExpect, JestAsymmetricMatchers]) chai.use(plugin)

export const expect = Object.assign(
  (value, message) => chai.expect(value, message),
  chai.expect,
  globalThis[ASYMMETRIC_MATCHERS_OBJECT],
)

const tests = []
const suites = []
let cleanings = []

/** Between the title and the body vitest allows options: limits of time, and ours is one for all. */
function test(title, ...rest) {
  const body = rest.find(part => typeof part === 'function')
  tests.push({ title: [...suites, title].join(' > '), body })
}

function suite(title, body) {
  suites.push(title)
  try {
    body()
  } catch (error) {
    // The platform lacks what the suite prepares: the rest of the file has its turn.
    test('is prepared', () => {
      throw error
    })
  }
  suites.pop()
}

const each = add => rows => (title, body) => {
  const spread = rows.every(Array.isArray)
  for (const row of rows) {
    const values = spread ? row : [row]
    add(`${title} (${String(values[0]).slice(0, 40)})`, () => body(...values))
  }
}

export const it = Object.assign(test, { each: each(test) })
export const describe = Object.assign(suite, { each: each(suite) })
export const afterEach = body => cleanings.push(body)

export const vi = {
  fn,
  spyOn,
  restoreAllMocks,
  resetModules() {
    throw new Error('vi.resetModules is not there.')
  },
}

/** Runs what a file registered when it was imported, one test after the other. */
export async function run() {
  const outcome = { passed: 0, failed: [] }
  for (const { title, body } of tests.splice(0)) {
    try {
      await body()
      outcome.passed += 1
    } catch (error) {
      outcome.failed.push({ title, error: String(error?.stack ?? error) })
    }
    for (const clean of cleanings) await clean()
  }
  cleanings = []
  return outcome
}

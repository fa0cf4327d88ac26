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
const hooks = { beforeEach: [], afterEach: [] }

/** Between the title and the body vitest allows options: limits of time, and ours is one for all. */
function test(title, ...rest) {
  const body = rest.find(part => typeof part === 'function')
  tests.push({ suites: [...suites], title: [...suites, title].join(' > '), body })
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

const addHook = kind => body => hooks[kind].push({ suites: [...suites], body })
export const beforeEach = addHook('beforeEach')
export const afterEach = addHook('afterEach')

/** Those of the file, and of the suites that the test is in. */
async function runHooks(kind, test) {
  const isAround = ({ suites }) => suites.every((title, depth) => title === test.suites[depth])
  for (const { body } of hooks[kind].filter(isAround)) await body()
}

/** Timers and modules of its own, and whatever else only vitest has, fail the test that needs them, in words that run.mjs knows. */
export const vi = new Proxy(
  { fn, spyOn, restoreAllMocks, useRealTimers() {} },
  {
    get(has, name) {
      if (name in has) return has[name]
      return () => {
        throw new Error(`vi.${name} is vitest's alone.`)
      }
    },
  },
)

/** Runs what a file registered when it was imported, one test after the other. */
export async function run() {
  const outcome = { passed: 0, failed: [] }
  const attempt = async (title, work) => {
    try {
      await work()
      return true
    } catch (error) {
      outcome.failed.push({ title, error: String(error?.stack ?? error) })
      return false
    }
  }
  for (const test of tests.splice(0)) {
    const work = async () => {
      await runHooks('beforeEach', test)
      await test.body()
    }
    if (await attempt(test.title, work)) outcome.passed += 1
    await attempt(`${test.title}: afterEach`, () => runHooks('afterEach', test))
  }
  for (const kind of Object.keys(hooks)) hooks[kind] = []
  return outcome
}

import { writeSync } from 'node:fs'

/** Prints `N passed, N failed` as the very last line; with CI=true a skipped test fails the run. */
export default class SummaryReporter {
  #passed = 0
  #failed = 0
  #skipped = []

  #print = () => this.#writeSummary()

  onTestRunEnd(modules, unhandledErrors) {
    process.off('exit', this.#print).once('exit', this.#print)
    this.#passed = 0
    this.#failed = unhandledErrors.length
    this.#skipped = []
    for (const module of modules) {
      this.#failed += module.errors().length
      for (const suite of module.children.allSuites()) this.#failed += suite.errors().length
      for (const test of module.children.allTests()) this.#count(test)
    }
  }

  #count(test) {
    const { state } = test.result()
    if (state === 'passed') this.#passed++
    else if (state === 'failed') this.#failed++
    else this.#skipped.push(`${test.module.relativeModuleId} > ${test.fullName}`)
  }

  #writeSummary() {
    const failedChecks = (process.env.FAILED_CHECKS ?? '').split(';').filter(Boolean)
    const lines = failedChecks.map(name => `Check failed before the tests: ${name}`)
    if (process.env.CI === 'true' && this.#skipped.length > 0) {
      process.exitCode = 1
      lines.push('Skipped tests fail a CI run:', ...this.#skipped.map(name => `  ${name}`))
    }
    if (failedChecks.length > 0) process.exitCode = 1
    const skipped = this.#skipped.length > 0 ? `, ${this.#skipped.length} skipped` : ''
    lines.push(`${this.#passed} passed, ${this.#failed + failedChecks.length} failed${skipped}`)
    writeSync(1, `${lines.join('\n')}\n`)
  }
}

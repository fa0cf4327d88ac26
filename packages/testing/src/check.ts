/** Assertions that belong to no test runner: the suites take theirs as an argument. */

/** Throws unless both are the same when written as JSON. */
export function same(actual: unknown, expected: unknown, what: string): void {
  const [left, right] = [show(actual), show(expected)]
  if (left !== right) throw new Error(`${what}: expected ${right}, got ${left}`)
}

export function isTrue(actual: boolean, what: string): void {
  if (!actual) throw new Error(what)
}

/** Throws unless the promise rejects with an error of the code. */
export async function rejects(promise: Promise<unknown>, code: string): Promise<void> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  same((error as { code?: unknown } | undefined)?.code, code, 'the code of the rejection')
}

function show(value: unknown): string {
  return JSON.stringify(value, (_, held) => (held instanceof Uint8Array ? `bytes:${held.join()}` : held)) ?? 'undefined'
}

/** Whole numbers as Go's `strconv.Atoi` reads them: digits with an optional sign, and no blanks. */

/** `undefined` for what Go refuses, and for what is beyond a safe integer. */
export function parseGoInt(text: string): number | undefined {
  if (!/^[-+]?\d+$/.test(text)) return undefined
  const value = Number(text)
  // '-0' is 0 in Go.
  return Number.isSafeInteger(value) ? value + 0 : undefined
}

/** Whole numbers as Go's `strconv.Atoi` reads them: no blanks, an optional sign; undefined for what it refuses. */
export function parseGoInt(text: string): number | undefined {
  if (!/^[-+]?\d{1,19}$/.test(text)) return undefined
  const value = Number(text)
  return Number.isSafeInteger(value) ? value : undefined
}

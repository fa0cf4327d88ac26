/** How Go escapes the value of Beego's cookie: `url.QueryEscape`. Not what encodeURIComponent does: a space is `+`, and `!'()*` are escaped. */

export function queryEscape(text: string): string {
  const strict = (character: string): string => `%${character.charCodeAt(0).toString(16).toUpperCase()}`
  return encodeURIComponent(text)
    .replace(/[!'()*]/g, strict)
    .replaceAll('%20', '+')
}

/** `undefined` for a bad escape. */
export function queryUnescape(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return undefined
  }
}

/** Whether parsed JSON is nested deeper than a session's values may be. */
import { MAX_DEPTH } from './rich-tags.ts'

/** `text` is what was parsed: none is deeper than it has opening brackets, so most need no closer look. */
export function isDeep(text: string, parsed: object): boolean {
  // One level more is the session itself.
  return hasManyBrackets(text) && isDeeperThan(MAX_DEPTH + 1, parsed)
}

function hasManyBrackets(text: string): boolean {
  let count = 0
  for (const bracket of '[{') {
    for (let at = text.indexOf(bracket); at !== -1; at = text.indexOf(bracket, at + 1)) {
      if (++count > MAX_DEPTH) return true
    }
  }
  return false
}

/** It is called for objects only, and allocates no list of keys: there are many. */
function isDeeperThan(levels: number, value: object): boolean {
  if (levels === 0) return true
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) if (isObject(value[i]) && isDeeperThan(levels - 1, value[i])) return true
    return false
  }
  // What somebody added to Object.prototype is looked at in vain.
  for (const key in value) {
    const inner = (value as Record<string, unknown>)[key]
    if (isObject(inner) && isDeeperThan(levels - 1, inner)) return true
  }
  return false
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

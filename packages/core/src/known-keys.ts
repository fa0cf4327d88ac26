/** A misspelt option must not be silently ignored. */
import { SessionError } from './errors.ts'

/** Throws `ERR_CONFIG_OPTION` for a key that does not exist. */
export function knownKeys(options: object, known: readonly string[], path = ''): void {
  for (const key of Object.keys(options)) {
    if (!known.includes(key)) {
      const message = `Unknown option ${path}${key}. Known here: ${known.join(', ')}.`
      throw new SessionError('ERR_CONFIG_OPTION', message, { field: path + key })
    }
  }
}

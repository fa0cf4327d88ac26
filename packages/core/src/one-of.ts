/** An option with a few possible values. */
import { SessionError } from './errors.ts'

/** Throws `ERR_CONFIG_OPTION`, naming the option. */
export function oneOf(value: unknown, allowed: readonly unknown[], field: string): void {
  if (!allowed.includes(value)) {
    throw new SessionError('ERR_CONFIG_OPTION', `The option ${field} must be one of: ${allowed.join(', ')}.`, { field })
  }
}

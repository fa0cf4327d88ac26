/** Reads a save path: Beego's comma form, its JSON form, or a URL. docs/save-path.md has the grammar. */
import { SessionError } from '../errors.ts'
import { knownKeys } from '../known-keys.ts'
import { parseCommaForm } from './comma-form.ts'
import { parseJsonForm } from './json-form.ts'
import { type SavePath, sealed } from './save-path.ts'
import { type BeegoProvider, TOPOLOGY_OF } from './servers.ts'
import { looksLikeUrl, parseUrlForm } from './url-form.ts'

export interface SavePathOptions {
  /** Whose string it is: that decides what its fields mean. `'redis_sentinel'`. A URL says it itself. */
  provider?: BeegoProvider
  /** `false`. True: the three fields behind the master name are read one place too early, as Beego does. Comma form only. */
  beegoFieldBug?: boolean
}

/**
 * The text decides the form: `{` begins JSON, a scheme and `://` a URL, anything else is the comma form.
 *
 * Throws `ERR_SAVE_PATH_EMPTY`, `ERR_SAVE_PATH_FIELD`, `ERR_SAVE_PATH_JSON` or `ERR_SAVE_PATH_URL`, whatever the text, and
 * `ERR_CONFIG_OPTION` for a wrong option. No error shows the password, and the result does not print it.
 *
 * @example
 * const path = parseSavePath('10.0.0.1:26379;10.0.0.2:26379,100,secret,0,mymaster')
 * path.password // 'secret'
 * JSON.stringify(path) // has none
 */
export function parseSavePath(text: string, options: SavePathOptions = {}): SavePath {
  const { provider, beegoFieldBug } = checked(options)
  const trimmed = typeof text === 'string' ? text.trim() : ''
  if (trimmed === '') throw new SessionError('ERR_SAVE_PATH_EMPTY', 'The save path is empty.', { field: 'savePath' })
  if (trimmed.startsWith('{')) return sealed(parseJsonForm(trimmed, provider))
  if (looksLikeUrl(trimmed)) return sealed(parseUrlForm(trimmed))
  return sealed(parseCommaForm(trimmed, provider, beegoFieldBug))
}

function checked(options: SavePathOptions): Required<SavePathOptions> {
  knownKeys(options, ['provider', 'beegoFieldBug'])
  const { provider = 'redis_sentinel', beegoFieldBug = false } = options
  if (!Object.hasOwn(TOPOLOGY_OF, provider)) {
    const message = `The option provider must be one of: ${Object.keys(TOPOLOGY_OF).join(', ')}.`
    throw new SessionError('ERR_CONFIG_OPTION', message, { field: 'provider' })
  }
  return { provider, beegoFieldBug }
}

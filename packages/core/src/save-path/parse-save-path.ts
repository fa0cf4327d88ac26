/** Reads a save path: Beego's comma form, its JSON form, or a URL. docs/save-path.md has the grammar. */
import { SessionError } from '../errors.ts'
import { parseCommaForm } from './comma-form.ts'
import { parseJsonForm } from './json-form.ts'
import { type SavePath, sealed } from './save-path.ts'
import { looksLikeUrl, parseUrlForm } from './url-form.ts'

/** Beego's names; they say what the positions and members mean. */
export type BeegoProvider = 'redis_sentinel' | 'redis' | 'redis_cluster'

export interface SavePathOptions {
  /** `'redis_sentinel'`. A URL says it itself. */
  provider?: BeegoProvider
  /** `false`. True: the three fields behind the master name are read one place too early, as Beego does. */
  beegoFieldBug?: boolean
}

/**
 * Throws `ERR_SAVE_PATH_EMPTY`, `ERR_SAVE_PATH_FIELD`, `ERR_SAVE_PATH_JSON` or `ERR_SAVE_PATH_URL`, and nothing else. No error
 * repeats any of the input, and the result does not print its password.
 */
export function parseSavePath(text: string, options: SavePathOptions = {}): SavePath {
  const { provider = 'redis_sentinel', beegoFieldBug = false } = options
  const trimmed = typeof text === 'string' ? text.trim() : ''
  if (trimmed === '') throw new SessionError('ERR_SAVE_PATH_EMPTY', 'The save path is empty.', { field: 'savePath' })
  if (trimmed.startsWith('{')) return sealed(parseJsonForm(trimmed, provider))
  if (looksLikeUrl(trimmed)) return sealed(parseUrlForm(trimmed))
  return sealed(parseCommaForm(trimmed, provider, beegoFieldBug))
}

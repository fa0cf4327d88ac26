/** Results as files: a page, and the picture on it. A run that is made again takes the place of the one before. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const RESULTS = fileURLToPath(new URL('results', import.meta.url))

/** `picture`: SVG that stands above the text; undefined where there is none. */
export function writeResults(folder, name, { title, conditions, text, picture }) {
  mkdirSync(folder, { recursive: true })
  if (picture !== undefined) writeFileSync(join(folder, `${name}.svg`), picture)
  const shown = picture === undefined ? '' : `![${title}](${name}.svg)\n\n`
  const page = join(folder, `${name}.md`)
  writeFileSync(page, `# ${title}\n\n${conditions}.\n\n${shown}${text}\n`)
  console.log(`\nIn ${page}`)
}

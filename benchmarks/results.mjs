/** Results as files: a page, and the pictures on it. A run that is made again takes the place of the one before. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const RESULTS = fileURLToPath(new URL('results', import.meta.url))

/** `pictures`: SVG by the name of its file, in order; they stand above the text. */
export function writeResults(folder, name, { title, conditions, text, pictures }) {
  mkdirSync(folder, { recursive: true })
  const shown = Object.entries(pictures).map(([file, { title, svg }]) => {
    writeFileSync(join(folder, file), svg)
    return `![${title}](${file})\n\n`
  })
  const page = join(folder, `${name}.md`)
  writeFileSync(page, `# ${title}\n\n${conditions}.\n\n${shown.join('')}${text}\n`)
  console.log(`\nIn ${page}`)
}

/** The files of the page, read once. */
import { readFileSync } from 'node:fs'

const read = name => readFileSync(new URL(`../public/${name}`, import.meta.url), 'utf8')

const FILES = new Map([
  ['/style.css', { type: 'css', body: read('style.css') }],
  ['/panels.css', { type: 'css', body: read('panels.css') }],
  ['/live.js', { type: 'js', body: read('live.js') }],
])

export function assets(ctx, next) {
  const file = ctx.method === 'GET' ? FILES.get(ctx.path) : undefined
  if (file === undefined) return next()
  ctx.set('Cache-Control', 'no-cache')
  Object.assign(ctx, file)
}

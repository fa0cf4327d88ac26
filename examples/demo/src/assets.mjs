/** The files of the page, read once. */
import { readFileSync } from 'node:fs'

const NAMES = ['base.css', 'controls.css', 'panels.css', 'contest.css', 'live.js', 'contest.js', 'plot.js']

const FILES = new Map(NAMES.map(name => [`/${name}`, { type: name.split('.')[1], body: read(name) }]))

function read(name) {
  return readFileSync(new URL(`../public/${name}`, import.meta.url), 'utf8')
}

export function assets(ctx, next) {
  const file = ctx.method === 'GET' ? FILES.get(ctx.path) : undefined
  if (file === undefined) return next()
  ctx.set('Cache-Control', 'no-cache')
  Object.assign(ctx, file)
}

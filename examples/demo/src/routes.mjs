/** `{ 'POST /login': handler }` as middleware. */
export function routes(table) {
  return (ctx, next) => {
    const name = `${ctx.method} ${ctx.path}`
    return Object.hasOwn(table, name) ? table[name](ctx) : next()
  }
}

/** After a POST, so that a reload repeats nothing. */
export function seeOther(ctx, path) {
  ctx.status = 303
  ctx.redirect(path)
}

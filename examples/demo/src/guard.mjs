/** Only this page, in a browser on this machine, may press its buttons. */

const LOOPBACK = /^(localhost|127\.0\.0\.1)(:\d+)?$/

const HEADERS = {
  'Content-Security-Policy':
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; " +
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  'Referrer-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
}

export async function guard(ctx, next) {
  // A foreign name that leads to 127.0.0.1 (DNS rebinding) would count as the same origin below.
  if (!LOOPBACK.test(ctx.host)) ctx.throw(421, 'This demo answers to localhost only.')
  if (ctx.method === 'POST' && !isSameOrigin(ctx)) ctx.throw(403, 'This form was not sent from this page.')
  ctx.set(HEADERS)
  await next()
}

/** Browsers send at least one of the two with a POST; who sends neither is no browser, and is refused as well. */
function isSameOrigin(ctx) {
  const site = ctx.get('Sec-Fetch-Site')
  if (site !== '') return site === 'same-origin'
  // Koa's `ctx.origin` is this header again, and would allow everybody.
  return ctx.get('Origin') === `${ctx.protocol}://${ctx.host}`
}

const LONGEST = 2048

/** The fields of a submitted form. */
export async function readForm(ctx) {
  let body = ''
  for await (const chunk of ctx.req.setEncoding('utf8')) {
    body += chunk
    if (body.length > LONGEST) ctx.throw(413)
  }
  return new URLSearchParams(body)
}

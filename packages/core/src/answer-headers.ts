/** What is left of a response that could not be sent, because its session was not stored. */

/** They tell of a body, a target or a freshness that the error has not. A cookie of the handler belongs to what did not happen. */
const OF_THE_ANSWER =
  /^(?:content-.*|location|etag|last-modified|accept-ranges|cache-control|expires|transfer-encoding|trailer|set-cookie)$/i

/** Whether an error that takes the place of a response must not have this header of it. */
export function isOfTheAnswer(header: string): boolean {
  return OF_THE_ANSWER.test(header)
}

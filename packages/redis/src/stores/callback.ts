/** Callbacks, as the stores of express-session and @fastify/session get them. */

// biome-ignore lint/suspicious/noExplicitAny: as the types of those packages have it
export type Callback<X = void> = (error: any, result?: X) => void

/** What the callback throws is not taken for a failure of the work. */
export function answer<X>(work: Promise<X>, callback: Callback<X>): void {
  work.then(
    result => setImmediate(callback, null, result),
    error => setImmediate(callback, error),
  )
}

/** Why a gateway did not ask its store at all. Those in `UNSIGNED` are said to somebody who has shown no key, so a client trusts no other without one. */

export const UNSIGNED = { insecure: 403, question: 400, version: 400, keys: 401, date: 401 } as const
export const SIGNED = { size: 413, prefix: 403, question: 400 } as const

export type Reason = keyof typeof UNSIGNED | keyof typeof SIGNED

/** Thrown where a question is read, and answered by the gateway; it leaves neither side. */
export class Refusal extends Error {
  readonly reason: keyof typeof SIGNED

  constructor(reason: keyof typeof SIGNED) {
    super(reason)
    this.reason = reason
  }
}

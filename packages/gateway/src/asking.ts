/** One question, asked again until it is answered or the budget ends: this is the only place of the client that retries. */
import type { Budget } from '@sentinel-session/core'
import type { Hmac } from '@sentinel-session/core/internal'
import { signedRefusal, unavailable, unsignedRefusal } from './failure.ts'
import { type Message, pack, unpack } from './message.ts'
import { HEADER, isAnswerTo, signQuestion, VERSION } from './signature.ts'

/**
 * So long one gateway may wait for its store, which is silent meanwhile. Then it answers, or after `SLACK_MS` more another one is
 * asked: one that hangs looks like one that waits.
 */
const ATTEMPT_MS = 3_000
const SLACK_MS = 1_000
const PAUSE_MS = 50

export interface AskingOptions {
  url: string
  hmacs: readonly Hmac[]
  fetch: typeof fetch
  budgetMs: number
}

export interface Answer {
  head: Message['head']
  body?: Message['body']
  /** An attempt before the one that was answered may have been carried out. */
  uncertain: boolean
}

/** What one attempt came to. A failure is worth another attempt, an error is not. */
type Attempt = { message: Message } | { failure: unknown } | { error: Error }

export class Asking {
  readonly #options: AskingOptions

  constructor(options: AskingOptions) {
    this.#options = options
  }

  /** Rejects with a `SessionError`. `max`, of the sessions of a user, is for its message. */
  async ask(question: Message, budget: Budget | undefined, max: number | undefined): Promise<Answer> {
    const began = performance.now()
    const spent = (): number => performance.now() - began
    const limit = Math.min(budget?.leftMs ?? Number.POSITIVE_INFINITY, this.#options.budgetMs)
    let failure: unknown
    try {
      for (let again = false; ; again = true) {
        const left = limit - spent()
        if (left <= 0) throw unavailable('The gateway did not answer in time', failure)
        const attempt = await this.#attempt(question, left, again, max)
        if ('error' in attempt) throw attempt.error
        if ('message' in attempt)
          return { ...attempt.message, uncertain: again || attempt.message.head.uncertain === true }
        failure = attempt.failure
        await pause(Math.min(PAUSE_MS * (1 + Math.random()), limit - spent()))
      }
    } finally {
      if (budget !== undefined) budget.leftMs -= spent()
    }
  }

  async #attempt({ head, body }: Message, left: number, again: boolean, max: number | undefined): Promise<Attempt> {
    const timeout = Math.ceil(Math.min(left, ATTEMPT_MS + SLACK_MS))
    const wait = timeout - Math.ceil(Math.min(SLACK_MS, timeout / 4))
    const bytes = pack({ head: { ...head, wait, ...(again ? { again } : {}) }, body })
    let attempt: Attempt = { failure: undefined }
    for (const hmac of this.#options.hmacs) {
      attempt = await this.#send(bytes, hmac, timeout, max)
      if (!('error' in attempt && isUnknownKey(attempt.error))) break
    }
    return attempt
  }

  async #send(bytes: Uint8Array<ArrayBuffer>, hmac: Hmac, timeout: number, max: number | undefined): Promise<Attempt> {
    const { fetch, url } = this.#options
    const { header, question } = signQuestion(bytes, hmac, Date.now())
    const headers = { [HEADER]: header, 'Content-Type': 'application/octet-stream' }
    try {
      const signal = AbortSignal.timeout(timeout)
      const response = await fetch(url, { method: 'POST', headers, body: bytes, redirect: 'manual', signal })
      const body = new Uint8Array(await response.arrayBuffer())
      const signature = response.headers.get(HEADER)
      if (isAnswerTo(question, signature, body)) return signed(unpack(body), max)
      const error = signature === VERSION ? unsignedRefusal(unpack(body).head) : undefined
      return error === undefined
        ? { failure: new Error(`HTTP ${response.status} without the mark of a gateway.`) }
        : { error }
    } catch (failure) {
      return { failure }
    }
  }
}

function signed(message: Message, max: number | undefined): Attempt {
  if (message.head.refused === undefined && message.head.error === undefined) return { message }
  const error = signedRefusal(message.head, max)
  return error === undefined ? { failure: new Error('The gateway could not ask its store in time.') } : { error }
}

/** It may know the next: either side may get a new key first. */
function isUnknownKey(error: Error): boolean {
  return 'field' in error && error.field === 'keys'
}

function pause(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms))
}

/**
 * How a question proves that it comes from somebody who has a key, and an answer that it belongs to the question: HMAC-SHA-256 in one
 * header. The key itself never travels (decision 018).
 *
 *     question: `1 <epoch ms> <nonce> <SHA-256 of the body> <HMAC>`
 *     answer:   `1 <HMAC over that of the question and the SHA-256 of the body>`
 */
import { createHmac, equalInConstantTime, type Hmac, sha256, toBase64url } from '@sentinel-session/core/internal'

export const HEADER = 'sentinel-gateway'
export const VERSION = '1'

/**
 * So far may the clocks of both sides differ, in ms. What was signed is good for twice as long at the most, which is less than the life of a
 * tombstone: whoever sends it again later is refused, and until then its name tells that it was carried out (`Call.name`).
 */
export const CLOCKS_MS = 60_000

/** Both are public: what was asked for is in the body. */
export interface Question {
  digest: string
  mac: string
  /** Of the key that signed it. */
  hmac: Hmac
}

const HASH = '[0-9A-Za-z_-]{43}'
const QUESTION = new RegExp(`^1 (\\d{1,16}) ([0-9A-Za-z_-]{22}) (${HASH}) (${HASH})$`)

export const hmacsOf = (keys: readonly Uint8Array[]): readonly Hmac[] => keys.map(createHmac)

/** The value of the header, and what the answer is checked with. */
export function signQuestion(body: Uint8Array, hmac: Hmac, now: number): { header: string; question: Question } {
  const nonce = toBase64url(crypto.getRandomValues(new Uint8Array(16)))
  const digest = digestOf(body)
  const mac = macOf(hmac, `${now}`, nonce, digest)
  return { header: `${VERSION} ${now} ${nonce} ${digest} ${mac}`, question: { digest, mac, hmac } }
}

/** Why a question is not answered: no question of ours, another version, no key of ours, or a clock too far off. */
export type Unsigned = 'question' | 'version' | 'keys' | 'date'

/** The body is not looked at: who has no key need not have it read. Every key is tried, whatever the first ones say. */
export function openQuestion(header: string | null, hmacs: readonly Hmac[], now: number): Question | Unsigned {
  if (header === null) return 'question'
  const [, date, nonce, digest, mac] = QUESTION.exec(header) ?? []
  if (mac === undefined) return header.startsWith(`${VERSION} `) || !/^\d+ /.test(header) ? 'question' : 'version'
  const fitting = hmacs.filter(hmac => equalInConstantTime(macOf(hmac, date!, nonce!, digest!), mac))
  if (fitting.length === 0) return 'keys'
  if (Math.abs(now - Number(date)) > CLOCKS_MS) return 'date'
  return { digest: digest!, mac, hmac: fitting[0]! }
}

export function isBodyOf({ digest }: Question, body: Uint8Array): boolean {
  return equalInConstantTime(digestOf(body), digest)
}

export function signAnswer(body: Uint8Array, question: Question): string {
  return `${VERSION} ${answerMac(body, question)}`
}

/** False also for an answer to another question, and for one from elsewhere. */
export function isAnswerTo(question: Question, header: string | null, body: Uint8Array): boolean {
  return header !== null && equalInConstantTime(header, signAnswer(body, question))
}

function macOf(hmac: Hmac, date: string, nonce: string, digest: string): string {
  return toBase64url(hmac(`sentinel-session gateway 1 question\n${date}\n${nonce}\n${digest}`))
}

function answerMac(body: Uint8Array, { hmac, mac }: Question): string {
  return toBase64url(hmac(`sentinel-session gateway 1 answer\n${mac}\n${digestOf(body)}`))
}

function digestOf(body: Uint8Array): string {
  return toBase64url(sha256(body))
}

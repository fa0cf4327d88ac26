/** The handler that stands beside the store: whoever has a key may ask it the verbs of a `Backend`, one in each request. */
import { type Backend, type Clock, can, isSessionError, type Keyring, SessionError } from '@sentinel-session/core'
import { isLoopback, keyBytesOf, knownKeys, systemClock, WebRequestFacts } from '@sentinel-session/core/internal'
import { Asked } from './asked.ts'
import { carryOut } from './carry-out.ts'
import { type Message, pack, unpack } from './message.ts'
import { readBody } from './read-body.ts'
import { Refusal, SIGNED, UNSIGNED } from './refusal.ts'
import { HEADER, hmacsOf, isBodyOf, openQuestion, type Question, signAnswer, VERSION } from './signature.ts'

export interface GatewayOptions {
  /** Worth all sessions below the prefix. What any of them signed is answered; to replace one, first add the new one here. 32 random bytes or more each. */
  keys: Keyring
  /**
   * Keys of records and users begin with it, or the question is refused: that of the `keyPrefix` of the clients. `'sess:'`. A key reaches
   * all that begins with the prefix, so let none begin with another.
   */
  prefix?: string
  /** Longest body of a record in bytes: the `maxBytes` of the clients. 65536. */
  maxBytes?: number
  /** `X-Forwarded-Proto` tells whether the client came over TLS. False: anyone could send it. */
  trustProxy?: boolean
  /** The system's. */
  clock?: Clock
}

/** Any server of the Fetch standard calls it: Hono's `c.req.raw`, `Bun.serve`, `Deno.serve`. */
export type Gateway = (request: Request) => Promise<Response>

const OPTION_NAMES = ['keys', 'prefix', 'maxBytes', 'trustProxy', 'clock']

/** What a question has beside the body of a record: keys, a label, numbers. */
const HEAD_BYTES = 8_192

/**
 * A gateway to a backend, which stays yours to close. It answers POST at whatever path it is mounted, over TLS, or on a loopback host, and
 * nothing else. Throws `ERR_CONFIG_KEYS`, `ERR_CONFIG_OPTION`, and `ERR_CONFIG_CAPABILITY` for a backend that cannot recognise a write that
 * comes twice. What is no `SessionError` is thrown to the server, whose answer a client takes for none.
 */
export function createGateway(backend: Backend, options: GatewayOptions): Gateway {
  knownKeys(options, OPTION_NAMES)
  const { keys, prefix = 'sess:', maxBytes = 65_536, trustProxy = false, clock = systemClock } = options
  const hmacs = hmacsOf(keyBytesOf(keys, 'keys'))
  checkPrefix(prefix)
  checkMaxBytes(maxBytes)
  if (!can(backend, 'named')) {
    const message = 'A gateway needs a backend that recognises a write by its name, in case that it comes twice.'
    throw new SessionError('ERR_CONFIG_CAPABILITY', message)
  }
  const most = maxBytes + HEAD_BYTES

  const answerTo = async (request: Request, question: Question): Promise<Answer> => {
    const body = await readBody(request, most)
    if (body === undefined) throw new Refusal('size')
    if (!isBodyOf(question, body)) throw new Refusal('question')
    return { status: 200, ...(await carryOut(backend, new Asked(messageIn(body), prefix))) }
  }

  return async function gateway(request) {
    if (!isSafe(new WebRequestFacts(request, trustProxy))) return refuse('insecure')
    if (request.method !== 'POST') return refuse('question')
    const question = openQuestion(request.headers.get(HEADER), hmacs, clock.now())
    if (typeof question === 'string') return refuse(question)
    const { status, ...message } = await answerTo(request, question).catch(asAnswer)
    const body = pack(message)
    return responseOf(body, status, signAnswer(body, question))
  }
}

type Answer = Message<object> & { status: number }

/** Errors travel by their code: messages and causes may tell of what is behind the gateway. */
function asAnswer(error: unknown): Answer {
  if (error instanceof Refusal) return { status: SIGNED[error.reason], head: { refused: error.reason } }
  if (!isSessionError(error)) throw error
  const { code, field, retryAfter, status } = error
  return { status, head: { error: code, field, retryAfter } }
}

/** To somebody who has shown no key. */
function refuse(reason: keyof typeof UNSIGNED): Response {
  return responseOf(pack({ head: { refused: reason } }), UNSIGNED[reason], VERSION)
}

function responseOf(body: Uint8Array<ArrayBuffer>, status: number, signature: string): Response {
  const headers = { [HEADER]: signature, 'Content-Type': 'application/octet-stream', 'Cache-Control': 'no-store' }
  return new Response(body, { status, headers })
}

function isSafe(facts: WebRequestFacts): boolean {
  return facts.secure || isLoopback(facts.host)
}

function messageIn(body: Uint8Array): Message {
  try {
    return unpack(body)
  } catch {
    throw new Refusal('question')
  }
}

function checkPrefix(prefix: unknown): void {
  if (typeof prefix === 'string' && prefix !== '' && prefix.length <= 256) return
  const message = 'prefix must be a string of 1 to 256 characters: a gateway does not serve a whole database.'
  throw new SessionError('ERR_CONFIG_OPTION', message, { field: 'prefix' })
}

function checkMaxBytes(maxBytes: unknown): void {
  if (Number.isInteger(maxBytes) && (maxBytes as number) > 0) return
  throw new SessionError('ERR_CONFIG_OPTION', 'maxBytes must be a positive whole number.', { field: 'maxBytes' })
}

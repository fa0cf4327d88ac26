/** Sessions around a Fetch handler, committed before the response leaves. It knows HTTP, and no storage and no Node. */
import {
  type AdapterSession,
  type Awaitable,
  type DefaultData,
  isSessionError,
  type Provider,
  type ProxyOptions,
  type Reads,
  type SessionHandle,
  type SessionStore,
  type WithManager,
} from '@sentinel-session/core'
import {
  type AttachmentByRequest,
  attachByRequest,
  letGo,
  type Platform,
  patched,
  RequestSessions,
  WebAnswer,
  withHandle,
} from '@sentinel-session/core/internal'
import { wrappedExchange } from './exchange.ts'

/** Makes a handler with a session into one without: `export const GET = withSession((request, session) => …)`. */
export interface FetchSession<T extends object, R extends Partial<T>> extends SessionHandle<Request, T, R> {
  <Rest extends unknown[]>(
    handler: (request: Request, session: SessionStore<T, R>, ...rest: Rest) => Awaitable<Response>,
  ): (request: Request, ...rest: Rest) => Promise<Response>
}

export interface FetchOptions extends ProxyOptions {
  /**
   * Instead of `provider`: made for each request, from what the platform passes (on Workers `request, env, context`), and closed after the
   * commit. For places where a connection belongs to one request. There is no `manager` for all requests then, and no `save()` once the
   * response has begun.
   */
  // biome-ignore lint/suspicious/noExplicitAny: each platform passes something else
  providerFor?: (request: Request, ...rest: any[]) => Provider
}

/**
 * Sessions for any `Request -> Response` handler over any provider; without one, in this process' memory. When the store is down the answer is
 * 503 with Retry-After, and 409 after a conflict; other errors are thrown to the platform, as those of the handler are. A Response that
 * the handler throws is an answer, too. Throws `ERR_CONFIG_*`.
 */
export function session<T extends object, R extends Partial<T>>(
  options: WithManager<T, R> & FetchOptions,
): FetchSession<T, R>
export function session<T extends object = DefaultData, In = unknown>(
  options?: AdapterSession<T, In> & FetchOptions,
): FetchSession<T, Reads<T, In>>
export function session<T extends object, In>({
  trustProxy = false,
  ...options
}: (AdapterSession<T, In> | WithManager<T, Reads<T, In>>) & FetchOptions = {}): FetchSession<T, Reads<T, In>> {
  return wrapper(attachByRequest<T, In, [Request, ...unknown[]]>(options), { trustProxy })
}

type Handler<T extends object, R extends Partial<T>, Rest extends unknown[]> = (
  request: Request,
  session: SessionStore<T, R>,
  ...rest: Rest
) => Awaitable<Response>

export function wrapper<T extends object, R extends Partial<T>>(
  attachment: AttachmentByRequest<T, R, [Request, ...unknown[]]>,
  proxy: ProxyOptions,
): FetchSession<T, R> {
  const sessions = new RequestSessions<T, R>()

  const withSession =
    <Rest extends unknown[]>(handler: Handler<T, R, Rest>) =>
    async (request: Request, ...rest: Rest): Promise<Response> => {
      const { manager, close } = attachment.forRequest(request, ...rest)
      try {
        const { session, commit } = await manager.open(wrappedExchange(request, proxy))
        sessions.add(request, session)
        const outcome = await outcomeOf(() => handler(request, session, ...rest))
        if ('error' in outcome) {
          await afterFailure(outcome.error, () => commit({ status: 500 }))
          throw outcome.error
        }
        const response = patched(outcome.response, await commit(new WebAnswer(outcome.response)))
        if (outcome.isThrown) throw response
        return response
      } catch (error) {
        const answer = isSessionError(error) ? error.getResponse?.() : undefined
        if (answer === undefined) throw error
        return answer
      } finally {
        if (close !== undefined) await letGo(close, rest.find(isPlatform))
      }
    }

  return withHandle(withSession, attachment, sessions, (request: Request) => request)
}

async function afterFailure(error: unknown, commit: () => Awaitable<unknown>): Promise<void> {
  try {
    await commit()
  } catch (failed) {
    throw new AggregateError([error, failed], 'The handler failed, and so did the commit of its session.')
  }
}

type Outcome = { response: Response; isThrown: boolean } | { error: unknown }

/** A Response that is thrown is an answer, as in Remix. */
async function outcomeOf(run: () => Awaitable<Response>): Promise<Outcome> {
  try {
    return { response: await run(), isThrown: false }
  } catch (thrown) {
    return thrown instanceof Response ? { response: thrown, isThrown: true } : { error: thrown }
  }
}

/** The context that Workers pass last. */
function isPlatform(argument: unknown): argument is Platform {
  return typeof (argument as Partial<Platform> | null | undefined)?.waitUntil === 'function'
}

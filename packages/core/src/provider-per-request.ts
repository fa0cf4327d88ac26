/** Where a connection belongs to one request, as on Workers: a provider, and a manager over it, for each. */
import type { AdapterSession, WithManager } from './adapter.ts'
import { type Attachment, attach } from './attachment.ts'
import { SessionError } from './errors.ts'
import { createSessionManager, type Manager } from './manager.ts'
import type { Provider } from './provider.ts'
import type { Reads } from './session-store.ts'

/** Who opens the session of one request. */
export interface ForRequest<T extends object, R extends Partial<T>> {
  manager: Manager<T, R>
  /** After the commit: lets go of what belongs to this request alone. Absent: nothing does. */
  close?: () => Promise<void>
}

export interface AttachmentByRequest<T extends object, R extends Partial<T>, Args extends unknown[]>
  extends Attachment<T, R> {
  forRequest(...args: Args): ForRequest<T, R>
}

export interface ByRequest<Args extends unknown[]> {
  /** Instead of `provider`: makes one for each request, which is closed after the commit. None. */
  providerFor?: (...args: Args) => Provider
}

/** As `attach`, for adapters that know `providerFor`. Throws `ERR_CONFIG_*`. */
export function attachByRequest<T extends object, In, Args extends unknown[]>({
  providerFor,
  ...options
}: (AdapterSession<T, In> | WithManager<T, Reads<T, In>>) & ByRequest<Args>): AttachmentByRequest<
  T,
  Reads<T, In>,
  Args
> {
  const attachment = attach<T, In>(options)
  if (providerFor === undefined) return forAllRequests(attachment)
  const { as, manager, provider, ...sessionOptions } = options as AdapterSession<T, In>
  if (manager !== undefined || provider !== undefined) {
    const message = 'Give providerFor instead of a provider or a manager, not beside one.'
    throw new SessionError('ERR_CONFIG_OPTION', message, { field: 'providerFor' })
  }
  return {
    as: attachment.as,
    get manager(): never {
      const message = 'With providerFor each request has a manager of its own: there is none for all of them.'
      throw new SessionError('ERR_CONFIG_PROVIDER', message, { field: 'providerFor' })
    },
    ready: async () => {},
    close: async () => {},
    forRequest: (...args) => {
      const provider = providerFor(...args)
      const manager = createSessionManager<T, In>({ ...sessionOptions, provider })
      return { manager, close: () => provider.close() }
    },
  }
}

/** One manager for all requests. */
export function forAllRequests<T extends object, R extends Partial<T>>(
  attachment: Attachment<T, R>,
): AttachmentByRequest<T, R, unknown[]> {
  const always = { manager: attachment.manager }
  return { ...attachment, forRequest: () => always }
}

/** Where a platform waits for work behind the response, as Workers do. */
export interface Platform {
  waitUntil(work: Promise<unknown>): void
}

/** Closes what belonged to a request, without delaying its response where the platform can wait for it. */
export async function letGo(close: () => Promise<void>, platform: Platform | undefined): Promise<void> {
  const closed = close()
  if (platform === undefined) await closed
  else platform.waitUntil(closed)
}

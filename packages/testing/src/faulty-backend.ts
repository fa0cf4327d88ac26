/** A backend that fails as a test wants it to: to see what an application does then. */
import { type Backend, type Duration, SessionError } from '@sentinel-session/core'
import { toMs } from '@sentinel-session/core/internal'

export type Verb = 'create' | 'read' | 'replace' | 'touch' | 'end'

const VERBS: ReadonlySet<unknown> = new Set<Verb>(['create', 'read', 'replace', 'touch', 'end'])

/** Each fault of a verb takes the place of the one before, and lasts until `heal()`. */
export interface Faults {
  /** The verb is not executed and rejects; by default with `ERR_BACKEND_UNAVAILABLE`. */
  fail(verb: Verb, error?: Error): void
  /** The verb begins so much later. */
  delay(verb: Verb, by: Duration): void
  /** The verb is executed and rejects all the same, as when the reply is lost: `ERR_BACKEND_UNAVAILABLE`. */
  loseReply(verb: Verb): void
  heal(): void
}

type Call = () => Promise<unknown>
type Fault = (call: Call) => Promise<unknown>

/** The given backend with faults that can be switched on; all else is passed on. */
export function faultyBackend<B extends Backend>(backend: B): B & Faults {
  const faults = new Map<Verb, Fault>()
  const controls: Faults = {
    fail: (verb, error = unavailable()) => void faults.set(verb, () => Promise.reject(error)),
    delay(verb, by) {
      const ms = toMs(by, 'by')
      faults.set(verb, async call => {
        await new Promise(resolve => setTimeout(resolve, ms))
        return call()
      })
    },
    loseReply: verb => void faults.set(verb, call => call().then(() => Promise.reject(unavailable()))),
    heal: () => faults.clear(),
  }
  const faulty = new Proxy(backend, {
    get(target, name) {
      if (Object.hasOwn(controls, name)) return controls[name as keyof Faults]
      const member: unknown = Reflect.get(target, name)
      if (typeof member !== 'function') return member
      const call = member.bind(target) as (...args: unknown[]) => Promise<unknown>
      if (!VERBS.has(name)) return call
      return (...args: unknown[]) => (faults.get(name as Verb) ?? run)(() => call(...args))
    },
  })
  return faulty as B & Faults
}

const run: Fault = call => call()

function unavailable(): SessionError {
  return new SessionError('ERR_BACKEND_UNAVAILABLE', 'The store fails because the test wants it to.', { retryAfter: 1 })
}

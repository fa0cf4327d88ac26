/** What the contract asks of an adapter under test: to serve a scenario over real HTTP. */
import type { AdapterSession, Awaitable, DefaultData, SessionStore } from '@sentinel-session/core'

/** One app of the adapter's framework, written as its users write it. */
export interface Scenario {
  /** Options of `session()`. */
  options: AdapterSession<DefaultData, unknown>
  routes: readonly Route[]
  /** Options of a second `session()` in the same app, behind the first. */
  second?: AdapterSession<DefaultData, unknown> & { as: string }
  /** The routes are in a router or an app of their own, which is mounted at this path; the session middleware is outside. */
  mount?: string
  /** The app stands behind a proxy that it trusts. */
  trustProxy?: boolean
  /** The framework's compression stands around the session. */
  compressed?: boolean
}

export interface Route {
  method: 'GET' | 'POST' | 'HEAD'
  path: string
  run(session: SessionStore, reply: Reply, second: SessionStore | undefined): Awaitable<void>
}

/** The framework's own means, each at most once. A route that uses none of the last four answers without a body. */
export interface Reply {
  status(code: number): void
  header(name: string, value: string): void
  send(body: string): void
  redirect(to: string): void
  stream(chunks: AsyncIterable<string>): void
  /** A file of the subject's choice, at least 64 KB. */
  file(): void
}

export interface AdapterSubject {
  name: string
  /** Serves on a free port of every interface of IPv4, and prints no errors that the scenario provokes. */
  start(scenario: Scenario): Promise<RunningApp>
}

export interface RunningApp {
  /** With `localhost` as the host. */
  origin: string
  stop(): Promise<void>
}

/** Runs one case against an app of its own. */
export type AdapterCase = (title: string, scenario: Scenario, body: (visit: Visit) => Promise<void>) => void

export interface Visit {
  origin: string
  (path: string, init?: RequestInit): Promise<Response>
}

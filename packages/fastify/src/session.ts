/** The Fastify plugin: `request.session`, committed in `onSend`. It knows HTTP, and no storage. */
import type {
  AdapterSession,
  DefaultData,
  HeadPatch,
  Manager,
  OpenSession,
  Reads,
  SessionStore,
  WithManager,
} from '@sentinel-session/core'
import { type Attachment, attach, isOfTheAnswer, PerObject, requireFree } from '@sentinel-session/core/internal'
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import plugin from 'fastify-plugin'
import { applyPatch, exchange, textOf } from './exchange.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Of `session` and `redisSentinelSession`; with `as: 'admin'` it is `request.admin`. */
    readonly session: SessionStore<DefaultData>
  }
  interface FastifyInstance {
    /** Of the same; with `as: 'admin'` it is `app.adminManager`. */
    readonly sessionManager: Manager<DefaultData>
  }
}

/**
 * Sessions for Fastify over any provider; without one, in this process' memory. Connected when it is registered, or rejects with the
 * `ERR_BACKEND_*` that says why not; closed with the app, but for what it was given. `Error`s of a commit go to the error handler. A reply
 * that was hijacked has no `onSend`: there `await request.session.save()` keeps what changed. Throws `ERR_CONFIG_*`.
 */
// biome-ignore lint/suspicious/noExplicitAny: a manager of whatever it reads
export const session: FastifyPluginAsync<AdapterSession<DefaultData, unknown> | WithManager<DefaultData, any>> = plugin(
  async (app, options) => install(app, attach<DefaultData, unknown>(options)),
  { name: 'sentinel-session', fastify: '5.x' },
)

export async function install(
  app: FastifyInstance,
  attachment: Attachment<DefaultData, Reads<DefaultData>>,
): Promise<void> {
  const { as, manager } = attachment
  const commits = new PerObject<FastifyRequest, OpenSession['commit']>('the commit')

  requireFree(app.hasRequestDecorator(as), as)
  app.decorateRequest(as, null)
  app.decorate(`${as}Manager`, manager)

  app.addHook('onRequest', async (request, reply) => {
    const { session, commit } = await manager.open(exchange(request, reply))
    commits.set(request, commit)
    Object.assign(request, { [as]: session })
  })

  app.addHook('onSend', async (request, reply, payload) => {
    const commit = commits.get(request)
    if (commit === undefined) return
    // What takes the place of the answer, after an error, passes here once more.
    commits.delete(request)
    const answer = { status: reply.statusCode, cacheControl: textOf(reply.getHeader('Cache-Control')) }
    let patch: HeadPatch
    try {
      const told = commit(answer)
      patch = told instanceof Promise ? await told : told
    } catch (error) {
      dropAnswer(reply, payload)
      throw error
    }
    applyPatch(patch, reply)
  })

  app.addHook('onClose', () => attachment.close())
  await attachment.ready()
}

/** The error has headers of its own; Fastify gives it its status. */
function dropAnswer(reply: FastifyReply, payload: unknown): void {
  for (const name of Object.keys(reply.getHeaders())) {
    if (isOfTheAnswer(name)) reply.removeHeader(name)
  }
  if (isDestroyable(payload)) payload.destroy()
}

function isDestroyable(payload: unknown): payload is { destroy(): void } {
  return typeof (payload as { destroy?: unknown } | null | undefined)?.destroy === 'function'
}

import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { session } from '@sentinel-session/koa'
import { redisSentinelProvider } from '@sentinel-session/redis'
import { adapterContract, type Reply, type Route, type RunningApp, type Scenario } from '@sentinel-session/testing'
import { costContract } from '@sentinel-session/testing/sentinel'
import Koa, { type Context, type Middleware } from 'koa'
import compress from 'koa-compress'
import mount from 'koa-mount'
import { afterAll, beforeAll, describe, it } from 'vitest'

const FILE = fileURLToPath(new URL('../../../pnpm-lock.yaml', import.meta.url))

async function start({
  options,
  second,
  routes,
  mount: path,
  trustProxy = false,
  compressed,
}: Scenario): Promise<RunningApp> {
  const app = new Koa({ proxy: trustProxy })
  app.silent = true
  if (compressed) app.use(compress())
  app.use(session(options))
  if (second !== undefined) app.use(session(second))
  app.use(path === undefined ? serve(routes) : mount(path, serve(routes)))
  const server = app.listen(0, '0.0.0.0')
  await once(server, 'listening')
  const stop = async (): Promise<void> => {
    server.closeAllConnections()
    server.close()
  }
  return { origin: `http://localhost:${(server.address() as AddressInfo).port}`, stop }
}

const serve =
  (routes: readonly Route[]): Middleware =>
  async ctx => {
    const route = routes.find(({ method, path }) => method === ctx.method && path === ctx.path)
    await route?.run(ctx.session, replyOf(ctx), ctx.admin)
  }

function replyOf(ctx: Context): Reply {
  return {
    status: code => {
      ctx.status = code
    },
    header: (name, value) => ctx.append(name, value),
    send: body => {
      ctx.body = body
    },
    redirect: to => ctx.redirect(to),
    stream: chunks => {
      ctx.body = Readable.from(chunks)
    },
    file: () => {
      ctx.body = createReadStream(FILE)
    },
  }
}

adapterContract({ describe, it }, { name: 'koa', start })
costContract({ describe, it, beforeAll, afterAll }, { name: 'koa', start, provider: redisSentinelProvider })

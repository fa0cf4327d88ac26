import { describe, expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import { redisSentinelSession, type SessionStore, session } from './index.ts'

interface MySession {
  userId: string
}

describe('types', () => {
  it('flow to the handler, and what the platform passes flows through', () => {
    const withSession = redisSentinelSession<MySession>({ sentinels: ['10.0.0.1'], masterName: 'mymaster' })
    const GET = withSession((_request, session, { params }: { params: { name: string } }) => {
      expectTypeOf(session).toEqualTypeOf<SessionStore<MySession>>()
      return new Response(session.get('userId') ?? params.name)
    })
    expectTypeOf(GET).toEqualTypeOf<(request: Request, at: { params: { name: string } }) => Promise<Response>>()
    // @ts-expect-error the platform's part is missing
    void GET(new Request('https://h/'))
  })

  it('flow from a schema', () => {
    const withSession = session({ schema: z.object({ views: z.number().default(0) }) })
    withSession((_, session) => {
      expectTypeOf(session.get('views')).toEqualTypeOf<number>()
      return new Response()
    })
    // @ts-expect-error a handler answers with a Response
    withSession(() => 'text')
  })
})

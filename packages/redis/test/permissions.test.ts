/** F-30: an ACL user that may not do what is needed is told so at the start, with the name of the command. */
import { readFileSync } from 'node:fs'
import { createSessionManager } from '@sentinel-session/core'
import { redisBackend, redisSentinelProvider } from '@sentinel-session/redis'
import { type SentinelTrio, startSentinel } from '@sentinel-session/testing/sentinel'
import { afterAll, beforeAll, expect, it } from 'vitest'

let trio: SentinelTrio
beforeAll(async () => {
  trio = await startSentinel({ replicas: 1, sentinels: 1 })
})
afterAll(() => trio?.stop())

async function connectWithout(command: string, settings: { nearCache?: boolean } = {}): Promise<unknown> {
  const allowed = ['+@all', `-${command}`].join(' ').split(' ')
  const primary = await trio.currentPrimary()
  await trio.ask(primary, 'ACL', 'SETUSER', 'app', 'reset', 'on', '>secret', '~*', '&*', ...allowed)
  const auth = { username: 'app', password: 'secret' }
  const backend = redisBackend({ sentinels: trio.sentinels, masterName: trio.masterName, auth, ...settings })
  try {
    return await backend.ready().then(() => 'ready', String)
  } finally {
    await backend.close()
  }
}

it.each(['role', 'info', 'wait', 'eval'])('without %s', async command => {
  const said = await connectWithout(command)
  expect(said).toContain(`lacks a permission: the '${command}' command`)
  expect(said).not.toContain('secret')
})

it.each(['client|tracking', 'client|id', 'subscribe', 'ping'])('with nearCache without %s', async command => {
  const said = await connectWithout(command, { nearCache: true })
  expect(said).toContain(`lacks a permission: the '${command}' command`)
  expect(await connectWithout(command)).toBe('ready')
})

it('without config, which only the start-up report asks for', async () => {
  expect(await connectWithout('config')).toBe('ready')
})

/** What docs/errors.md lists. */
function rulesOfTheDocs(): string[] {
  const errors = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8')
  const row = /^\| `ERR_BACKEND_PERMISSION` .*? Allow (.*?) on the data nodes/m.exec(errors)![1]!
  const commands = row.match(/\bCLIENT [A-Z]+\b|\b[A-Z]{3,}\b/g)!
  return commands.map(command => `+${command.toLowerCase().replace(' ', '|')}`)
}

it('with nearCache without the channel, which is said too', async () => {
  const rules = rulesOfTheDocs()
  const primary = await trio.currentPrimary()
  await trio.ask(primary, 'ACL', 'SETUSER', 'deaf', 'reset', 'resetchannels', 'on', '>secret', '~*', ...rules)
  const { sentinels, masterName } = trio
  const auth = { username: 'deaf', password: 'secret' }
  const backend = redisBackend({ sentinels, masterName, auth, nearCache: true })
  try {
    await expect(backend.ready()).rejects.toThrow('lacks a permission: a channel')
    // Without it sessions are served all the same, by Redis.
    expect(await backend.read('sess:any')).toBeNull()
    expect(backend.report().status).toBe('degraded')
  } finally {
    await backend.close()
  }
})

it.each([false, true])(
  'with no more than docs/errors.md lists, and no key outside the prefix, all works (nearCache: %s)',
  async nearCache => {
    const rules = ['reset', 'resetchannels', 'on', '>secret', '~least:*', '&__redis__:invalidate', ...rulesOfTheDocs()]
    await trio.ask(await trio.currentPrimary(), 'ACL', 'SETUSER', 'least', ...rules)
    const auth = { username: 'least', password: 'secret' }
    const { sentinels, masterName } = trio
    const provider = redisSentinelProvider({ sentinels, masterName, auth, keyPrefix: 'least:', nearCache })
    await provider.ready()
    const manager = createSessionManager({ provider, users: { maxSessions: 1 } })
    const request = { secure: true, host: 'example.com', url: '/', header: () => undefined }
    try {
      for (const userId of ['ada', 'ada', 'bob']) {
        const { session, commit } = await manager.open(request)
        session.bind(userId, { since: await manager.generationOf(userId) })
        session.set('n', 1)
        await session.save()
        session.regenerate()
        await commit({ status: 200 })
      }
      expect(await manager.sessionsOf('ada')).toHaveLength(1)
      expect(await provider.sessionAll()).toBe(2)
      expect(await manager.destroyAllOf('ada')).toBe(1)
      expect(await manager.destroyAllOf('bob')).toBe(1)
      expect(provider.report().status).toBe('ready')
    } finally {
      await provider.close()
    }
  },
)

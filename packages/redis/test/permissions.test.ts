/** F-30: an ACL user that may not do what is needed is told so at the start, with the name of the command. */
import { redisBackend } from '@sentinel-session/redis'
import { type SentinelTrio, startSentinel } from '@sentinel-session/testing/sentinel'
import { afterAll, beforeAll, expect, it } from 'vitest'

let trio: SentinelTrio
beforeAll(async () => {
  trio = await startSentinel({ replicas: 1, sentinels: 1 })
})
afterAll(() => trio?.stop())

async function connectWithout(command: string): Promise<unknown> {
  const allowed = ['+@all', `-${command}`].join(' ').split(' ')
  const primary = await trio.currentPrimary()
  await trio.ask(primary, 'ACL', 'SETUSER', 'app', 'reset', 'on', '>secret', '~*', '&*', ...allowed)
  const auth = { username: 'app', password: 'secret' }
  const backend = redisBackend({ sentinels: trio.sentinels, masterName: trio.masterName, auth })
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

it('without config, which only the start-up report asks for', async () => {
  expect(await connectWithout('config')).toBe('ready')
})

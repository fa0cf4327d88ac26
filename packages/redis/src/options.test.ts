import { nativeLayout } from '@sentinel-session/core/internal'
import { describe, expect, it } from 'vitest'
import { resolveOptions } from './options.ts'

const base = { sentinels: ['10.0.0.1', '10.0.0.2:26380', '[::1]:1', { host: 'fe80::1', port: 2 }] }

describe('the options of the backend', () => {
  it('have the documented defaults', () => {
    const { deployment, ...resolved } = resolveOptions(base)
    expect(resolved).toEqual({
      login: { db: 0 },
      poolSize: 100,
      connectionIdleTimeoutMs: 300_000,
      failoverBudgetMs: undefined,
      maxWaiting: 1000,
      acknowledge: 'expected',
      journal: {},
      nearCache: false,
      onEvent: undefined,
      layout: nativeLayout,
    })
    expect(deployment).toMatchObject({ sentinel: { masterName: 'mymaster', login: {} } })
    expect(deployment).toHaveProperty('sentinel.sentinels[1]', { host: '10.0.0.2', port: 26380 })
  })

  it('take what a save path says, and let an option win over it', () => {
    const { login, poolSize } = resolveOptions({ savePath: '10.0.0.1:26379,7,secret,3,name' })
    expect([login, poolSize]).toEqual([{ password: 'secret', db: 3 }, 7])
    const other = resolveOptions({
      savePath: '10.0.0.1,7,secret,3,name',
      poolSize: 9,
      db: 1,
      auth: { username: 'u', password: 'p' },
      tls: true,
    })
    expect([other.login, other.poolSize]).toEqual([{ username: 'u', password: 'p', tls: {}, db: 1 }, 9])
  })

  it('take a near cache', () => {
    expect(resolveOptions({ ...base, nearCache: true }).nearCache).toEqual({ maxEntries: 10_000, maxAgeMs: 1000 })
    const { nearCache } = resolveOptions({ ...base, nearCache: { maxEntries: 5, maxAge: '50ms' } })
    expect(nearCache).toEqual({ maxEntries: 5, maxAgeMs: 50 })
  })

  it('take a URL', () => {
    const { login } = resolveOptions({ url: 'rediss+sentinel://user:p%40ss@h1,h2:26380/2?master=m' })
    expect(login).toEqual({ username: 'user', password: 'p@ss', tls: {}, db: 2 })
  })

  it('take the URL of a single server', () => {
    const { deployment, login } = resolveOptions({ url: 'redis://:pw@[::1]:7000/3' })
    expect([deployment, login]).toEqual([{ server: { host: '::1', port: 7000 } }, { password: 'pw', db: 3 }])
  })

  it('take the nodes of a cluster, or its URL', () => {
    const nodes = [
      { host: 'a', port: 6379 },
      { host: 'b', port: 7000 },
    ]
    const { deployment } = resolveOptions({ cluster: ['a', 'b:7000'] })
    expect(deployment).toMatchObject({ cluster: { nodes, login: { db: 0 }, field: 'cluster' } })
    const other = resolveOptions({ url: 'rediss+cluster://user:pw@a,b:7000' })
    const login = { username: 'user', password: 'pw', tls: {}, db: 0 }
    expect(other.deployment).toMatchObject({ cluster: { nodes, login, field: 'url' } })
    expect(other.login).toEqual(login)
  })

  it.each<[string, object, string, string]>([
    ['no way', {}, 'ERR_CONFIG_CONNECTION', 'savePath'],
    ['two ways', { ...base, url: 'redis+sentinel://h' }, 'ERR_CONFIG_CONNECTION', 'url'],
    ['an empty list', { sentinels: [] }, 'ERR_CONFIG_CONNECTION', 'sentinels'],
    ['an address with a path', { sentinels: ['a/b'] }, 'ERR_CONFIG_CONNECTION', 'sentinels[0]'],
    ['a port beyond 65535', { sentinels: ['a', 'b:70000'] }, 'ERR_CONFIG_CONNECTION', 'sentinels[1]'],
    ['an entry that is neither', { sentinels: [null] }, 'ERR_CONFIG_CONNECTION', 'sentinels[0]'],
    ['a number for a URL', { url: 1 }, 'ERR_CONFIG_CONNECTION', 'url'],
    ['a cluster beside Sentinels', { ...base, cluster: ['a'] }, 'ERR_CONFIG_CONNECTION', 'sentinels'],
    ['a cluster of nobody', { cluster: [] }, 'ERR_CONFIG_CONNECTION', 'cluster'],
    ['a node with a path', { cluster: ['a/b'] }, 'ERR_CONFIG_CONNECTION', 'cluster[0]'],
    ['another database of a cluster', { cluster: ['a'], db: 1 }, 'ERR_CONFIG_OPTION', 'db'],
    ['a number of replicas that is no choice', { ...base, acknowledge: 2 }, 'ERR_CONFIG_OPTION', 'acknowledge'],
    ['an unknown name in journal', { ...base, journal: { bytes: 1 } }, 'ERR_CONFIG_OPTION', 'journal.bytes'],
    ['a near cache of a cluster', { cluster: ['a'], nearCache: true }, 'ERR_CONFIG_OPTION', 'nearCache'],
    ['a near cache that is a number', { ...base, nearCache: 5 }, 'ERR_CONFIG_OPTION', 'nearCache'],
    ['an unknown name in nearCache', { ...base, nearCache: { max: 1 } }, 'ERR_CONFIG_OPTION', 'nearCache.max'],
    ['a near cache of none', { ...base, nearCache: { maxEntries: 0 } }, 'ERR_CONFIG_OPTION', 'nearCache.maxEntries'],
    ['an age without sense', { ...base, nearCache: { maxAge: 'old' } }, 'ERR_CONFIG_DURATION', 'nearCache.maxAge'],
    ['an age that is too short', { ...base, nearCache: { maxAge: '49ms' } }, 'ERR_CONFIG_OPTION', 'nearCache.maxAge'],
    ['an unknown name', { ...base, pool: 1 }, 'ERR_CONFIG_OPTION', 'pool'],
    ['a pool of none', { ...base, poolSize: 0 }, 'ERR_CONFIG_OPTION', 'poolSize'],
    ['a db that is no number', { ...base, db: '1' }, 'ERR_CONFIG_OPTION', 'db'],
    ['a budget without sense', { ...base, failoverBudget: 'long' }, 'ERR_CONFIG_DURATION', 'failoverBudget'],
    ['an empty save path', { savePath: ' ' }, 'ERR_SAVE_PATH_EMPTY', 'savePath'],
  ])('that cannot work throw: %s', (_, options, code, field) => {
    expect(() => resolveOptions(options as never)).toThrow(expect.objectContaining({ code, field }))
  })

  it('never show a password in an error', () => {
    for (const savePath of [
      'x:y:z,1,canary',
      'redis+sentinel://u:canary@h:99999',
      '{"password":"canary"',
      '{"password":["canary"]}',
    ]) {
      try {
        resolveOptions({ savePath })
        expect.unreachable()
      } catch (error) {
        expect(`${error} ${(error as Error).stack} ${JSON.stringify(error)}`).not.toContain('canary')
      }
    }
  })
})

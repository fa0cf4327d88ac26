import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseJsonForm } from './json-form.ts'

const a = { host: 'a', port: 26379 }
const plain = {
  topology: 'sentinel',
  sentinels: [a],
  masterName: 'mymaster',
  poolSize: 100,
  password: '',
  db: 0,
  tls: false,
}
const parse = (members: object) => parseJsonForm(JSON.stringify({ save_path: 'a', ...members }), 'redis_sentinel')

describe('the JSON form', () => {
  it.each<[title: string, members: object, differs: object]>([
    ['addresses alone', {}, {}],
    ['several addresses', { save_path: 'a; b:1' }, { sentinels: [a, { host: 'b', port: 1 }] }],
    ['a pool size', { poolsize: 7 }, { poolSize: 7 }],
    ['a pool size of 0', { poolsize: 0 }, {}],
    ['a password with anything in it', { password: ' p,;"\\\n' }, { password: ' p,;"\\\n' }],
    ['a db', { db_num: 3 }, { db: 3 }],
    ['a db that is negative', { db_num: -3 }, {}],
    ['an idle timeout', { idle_timeout: '1h30m' }, { connectionIdleTimeoutMs: 5_400_000 }],
    ['an idle timeout below a millisecond', { idle_timeout: '1ns' }, { connectionIdleTimeoutMs: 1 }],
    ['an idle timeout with a fraction', { idle_timeout: '1.0004s' }, { connectionIdleTimeoutMs: 1000 }],
    ['an idle timeout of 0', { idle_timeout: '0' }, {}],
    ['an idle timeout that is negative', { idle_timeout: '-1s' }, {}],
    ['an idle timeout that is empty', { idle_timeout: '' }, {}],
    ['a check frequency', { idle_check_frequency: '250ms' }, { idleCheckFrequencyMs: 250 }],
    ['retries', { max_retries: 5 }, { maxRetries: 5 }],
    ['0 retries, which is the default', { max_retries: 0 }, {}],
    ['-1 retries, which is none', { max_retries: -1 }, { maxRetries: 0 }],
    ['a master name', { master_name: 'main' }, { masterName: 'main' }],
    ['a master name that is empty', { master_name: '' }, {}],
    ['names in any case', { SAVE_PATH: 'b', PoolSize: 7 }, { sentinels: [{ host: 'b', port: 26379 }], poolSize: 7 }],
    ['the later of two spellings', { DB_NUM: 1, db_num: 2 }, { db: 2 }],
    ['unknown members, of any type', { color: ['red'], __proto: 1, tls: true, username: 'u' }, {}],
    [
      'null for every member',
      { poolsize: null, password: null, db_num: null, idle_timeout: null, max_retries: null, master_name: null },
      {},
    ],
    ['null behind another spelling, which then counts', { DB_NUM: 1, db_num: null }, { db: 1 }],
  ])('takes %s', (_, members, differs) => expect(parse(members)).toEqual({ ...plain, ...differs }))

  it('passes over __proto__', () => {
    expect(parseJsonForm('{"save_path":"a","__proto__":{"db_num":3}}', 'redis_sentinel')).toEqual(plain)
  })

  it('takes -0 for 0', () => {
    const path = parseJsonForm('{"save_path":"a","db_num":-0,"poolsize":-0}', 'redis_sentinel')
    expect(path).toStrictEqual(plain)
    expect(Object.is(path.db, 0)).toBe(true)
  })

  it.each(['save_path', 'password', 'idle_timeout', 'idle_check_frequency', 'master_name'])(
    'refuses a %s that is no text',
    name => {
      for (const value of [1, true, ['canary'], { canary: 'canary' }]) {
        expect(() => parse({ [name]: value })).toThrow(
          expect.objectContaining({ code: 'ERR_SAVE_PATH_FIELD', field: name }),
        )
      }
    },
  )

  it.each(['poolsize', 'db_num', 'max_retries'])('refuses a %s that is no whole number', name => {
    for (const value of ['7', 1.5, true, [7], {}, 1e300]) {
      expect(() => parse({ [name]: value })).toThrow(
        expect.objectContaining({ code: 'ERR_SAVE_PATH_FIELD', field: name }),
      )
    }
  })

  it.each([
    ['a pool size below 0', { poolsize: -1 }, 'poolsize'],
    ['retries below -1', { max_retries: -2 }, 'max_retries'],
    ['an idle timeout without a unit', { idle_timeout: '30' }, 'idle_timeout'],
    ['a check frequency without sense', { idle_check_frequency: 'often' }, 'idle_check_frequency'],
    ['empty addresses', { save_path: '' }, 'save_path'],
    ['addresses that are null', { save_path: null }, 'save_path'],
    ['an address that is none', { save_path: 'a b' }, 'save_path'],
  ])('refuses %s', (_, members, field) => {
    expect(() => parse(members)).toThrow(expect.objectContaining({ code: 'ERR_SAVE_PATH_FIELD', field }))
  })

  it.each([
    '{',
    '{}}',
    '{"save_path":"a"',
    "{'save_path':'a'}",
    '{save_path:1}',
    '{"a":1,}',
    '{"password":"canary\n"}',
  ])('refuses %j, which is no JSON, and keeps nothing that repeats it', text => {
    expect(() => parseJsonForm(text, 'redis_sentinel')).toThrow(
      expect.objectContaining({ code: 'ERR_SAVE_PATH_JSON', message: 'The save path begins like JSON and is none.' }),
    )
    expect(() => parseJsonForm(text, 'redis_sentinel')).not.toThrow(
      expect.objectContaining({ cause: expect.anything() }),
    )
  })

  it('knows the other topologies, which have no master name', () => {
    const text = '{"save_path":"a","db_num":3,"master_name":5}'
    const { sentinels, masterName, ...rest } = plain
    const nodes = [{ host: 'a', port: 6379 }]
    expect(parseJsonForm(text, 'redis')).toEqual({ ...rest, topology: 'standalone', nodes, db: 3 })
    expect(parseJsonForm(text, 'redis_cluster')).toEqual({ ...rest, topology: 'cluster', nodes, db: 0 })
  })

  it('reads back what was written, names in whatever case', () => {
    const positive = fc.integer({ min: 1, max: 10_000 })
    const master = fc.string({ minLength: 1, unit: 'binary' })
    const upper = fc.infiniteStream(fc.boolean())
    fc.assert(
      fc.property(
        positive,
        fc.string({ unit: 'binary' }),
        fc.nat(15),
        master,
        positive,
        upper,
        (pool, password, db, name, s, flip) => {
          const members = {
            poolsize: pool,
            password,
            db_num: db,
            master_name: name,
            idle_timeout: `${s}s`,
            save_path: 'a',
          }
          const text = JSON.stringify(members).replace(/"\w+":/g, key =>
            [...key].map(letter => (flip.next().value ? letter.toUpperCase() : letter)).join(''),
          )
          const expected = {
            ...plain,
            poolSize: pool,
            password,
            db,
            masterName: name,
            connectionIdleTimeoutMs: s * 1000,
          }
          fc.pre(!/"\w+":/.test(JSON.stringify(password) + JSON.stringify(name)))
          expect(parseJsonForm(text, 'redis_sentinel')).toEqual(expected)
        },
      ),
    )
  })
})

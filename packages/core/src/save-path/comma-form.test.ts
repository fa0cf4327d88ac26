import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseCommaForm } from './comma-form.ts'
import type { SavePath } from './save-path.ts'
import type { BeegoProvider } from './servers.ts'

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
const times = (idle: number, check: number, retries: number) => ({
  connectionIdleTimeoutMs: idle,
  idleCheckFrequencyMs: check,
  maxRetries: retries,
})

describe('the comma form of redis_sentinel', () => {
  it.each<[title: string, text: string, differs: object]>([
    ['addresses alone', 'a', {}],
    ['several addresses', 'a;b:1', { sentinels: [a, { host: 'b', port: 1 }] }],
    ['a pool size', 'a,7', { poolSize: 7 }],
    ['a pool size with a sign', 'a,+7', { poolSize: 7 }],
    ['a pool size that is empty', 'a,', {}],
    ['a pool size that is no number', 'a,many', {}],
    ['a pool size with a blank', 'a, 7', {}],
    ['a pool size with a fraction', 'a,7.5', {}],
    ['a pool size that is negative', 'a,-7', {}],
    ['a pool size of 0', 'a,0', {}],
    ['a password with all but a comma', 'a,7,p %2C;{"\\x":1}', { poolSize: 7, password: 'p %2C;{"\\x":1}' }],
    ['a password with blanks around', 'a,7, p ,1', { poolSize: 7, password: ' p ', db: 1 }],
    ['a db', 'a,100,,3', { db: 3 }],
    ['a db that is empty', 'a,100,,', {}],
    ['a db that is no number', 'a,100,,three', {}],
    ['a db that is negative', 'a,100,,-3', {}],
    ['a db of -0', 'a,100,,-0', {}],
    ['a master name', 'a,100,,0,main', { masterName: 'main' }],
    ['a master name that is empty', 'a,100,,0,', {}],
    ['the three last fields', 'a,100,,0,mymaster,60,30,5', times(60_000, 30_000, 5)],
    ['the three last fields, none of them positive', 'a,100,,0,mymaster,0,-30,0', {}],
    ['the three last fields, none of them a number', 'a,100,,0,mymaster,x,1.5, 5', {}],
    ['the three last fields, empty', 'a,100,,0,mymaster,,,', {}],
    ['the last field only', 'a,100,,0,mymaster,,,5', { maxRetries: 5 }],
    ['a ninth field', 'a,100,,0,mymaster,60,30,5,9', times(60_000, 30_000, 5)],
  ])('takes %s', (_, text, differs) => {
    expect(parseCommaForm(text, 'redis_sentinel', false)).toEqual({ ...plain, ...differs })
  })
})

describe('the comma form of redis and redis_cluster', () => {
  const rest = { poolSize: 7, password: 'pw', tls: false, ...times(60_000, 30_000, 5) }
  const nodes = [{ host: 'a', port: 6379 }]

  it.each([false, true])('has no master name, and nothing to misread (beegoFieldBug: %s)', bug => {
    const expected = { ...rest, topology: 'standalone', nodes, db: 3 }
    expect(parseCommaForm('a,7,pw,3,60,30,5', 'redis', bug)).toEqual(expected)
  })

  it('has database 0 for a cluster, whatever it says', () => {
    const expected = { ...rest, topology: 'cluster', nodes: [...nodes, { host: 'b', port: 1 }], db: 0 }
    expect(parseCommaForm('a;b:1,7,pw,3,60,30,5', 'redis_cluster', false)).toEqual(expected)
  })

  it('refuses two hosts where there is one server', () => {
    expect(() => parseCommaForm('a;b', 'redis', false)).toThrow(
      expect.objectContaining({ code: 'ERR_SAVE_PATH_FIELD', field: 'addr' }),
    )
  })
})

/** `initOldStyle` of Beego's redis_sentinel, line by line, on an empty provider. */
function beego(savePath: string) {
  const configs = savePath.split(',')
  const atoi = (text: string): number => (/^[-+]?\d+$/.test(text) ? Number(text) : Number.NaN)
  const result = { poolSize: 100, password: '', db: 0, masterName: 'mymaster', idle: 0, check: 0, retries: 0 }
  if (configs.length > 1 && atoi(configs[1]!) >= 0) result.poolSize = atoi(configs[1]!)
  if (configs.length > 2) result.password = configs[2]!
  if (configs.length > 3 && atoi(configs[3]!) >= 0) result.db = atoi(configs[3]!)
  if (configs.length > 4 && configs[4] !== '') result.masterName = configs[4]!
  if (configs.length > 5 && atoi(configs[4]!) > 0) result.idle = atoi(configs[4]!)
  if (configs.length > 6 && atoi(configs[5]!) > 0) result.check = atoi(configs[5]!)
  if (configs.length > 7 && atoi(configs[6]!) > 0) result.retries = atoi(configs[6]!)
  return result
}

/** In Beego's terms: 0 is unset. */
const inBeegosTerms = (path: SavePath) => ({
  poolSize: path.poolSize,
  password: path.password,
  db: path.db,
  masterName: path.topology === 'sentinel' && path.masterName,
  idle: (path.connectionIdleTimeoutMs ?? 0) / 1000,
  check: (path.idleCheckFrequencyMs ?? 0) / 1000,
  retries: path.maxRetries ?? 0,
})

describe('against Beego', () => {
  const number = fc.oneof(
    fc.integer({ min: -5, max: 200 }).map(String),
    fc.constantFrom('+5', '007', '-0', ' 5', '5s', '1.5', ''),
  )
  const field = fc.oneof(
    number,
    fc.string({ maxLength: 6 }).map(text => text.replaceAll(',', '')),
  )
  const text = fc.array(field, { maxLength: 10 }).map(fields => ['a:1', ...fields].join(','))
  const sameButForPoolSizeZero = (told: ReturnType<typeof beego>) => ({
    ...told,
    poolSize: told.poolSize || 100,
    db: told.db + 0,
  })

  it('any string gives the same with beegoFieldBug, but for a pool size of 0', () => {
    fc.assert(
      fc.property(text, text => {
        expect(inBeegosTerms(parseCommaForm(text, 'redis_sentinel', true))).toEqual(sameButForPoolSizeZero(beego(text)))
      }),
      { numRuns: 3000 },
    )
  })

  it('without it any string gives the same, but for the three misread fields', () => {
    fc.assert(
      fc.property(text, text => {
        const { idle, check, retries, ...told } = inBeegosTerms(parseCommaForm(text, 'redis_sentinel', false))
        expect(sameButForPoolSizeZero(beego(text))).toMatchObject(told)
        const positive = (own: number) => Math.max(0, beego(`a:1,,,,${text.split(',')[own] ?? ''},`).idle)
        expect([idle, check, retries]).toEqual([positive(5), positive(6), positive(7)])
      }),
      { numRuns: 3000 },
    )
  })

  it('reads back what was written', () => {
    const word = fc.stringMatching(/^[^,\s]{1,20}$/)
    const count = fc.integer({ min: 1, max: 10_000 })
    fc.assert(
      fc.property(
        count,
        word,
        fc.nat(15),
        word,
        count,
        count,
        count,
        (poolSize, password, db, master, idle, check, retries) => {
          const text = ['a', poolSize, password, db, master, idle, check, retries].join(',')
          const expected = {
            ...plain,
            poolSize,
            password,
            db,
            masterName: master,
            ...times(idle * 1000, check * 1000, retries),
          }
          expect(parseCommaForm(text, 'redis_sentinel', false)).toEqual(expected)
        },
      ),
    )
  })

  it.each<[BeegoProvider, number]>([
    ['redis_sentinel', 26379],
    ['redis', 6379],
    ['redis_cluster', 6379],
  ])('%s has the default port %d', (provider, port) => {
    const path = parseCommaForm('a', provider, false)
    expect(path.topology === 'sentinel' ? path.sentinels : path.nodes).toEqual([{ host: 'a', port }])
  })
})

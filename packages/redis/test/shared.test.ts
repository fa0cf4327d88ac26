/** Records that another program reads and writes too, on a real deployment. The other program is a client that compares nothing. */
import { createHash } from 'node:crypto'
import { type Call, isSessionError, type Layout, type StoredRecord } from '@sentinel-session/core'
import { type RedisBackend, redisBackend } from '@sentinel-session/redis'
import { type SentinelTrio, startSentinel } from '@sentinel-session/testing/sentinel'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Argument, Reply, Sending } from '../src/command.ts'
import { Journal } from '../src/journal.ts'
import type { Link } from '../src/link.ts'
import { rebury } from '../src/rebury.ts'
import { SharedBackend } from '../src/shared-backend.ts'
import { besideKey, SHARED_SCRIPT } from '../src/shared-script.ts'

const bare: Layout = {
  revisionIn: 'digest',
  newSid: () => 's-new',
  acceptsSid: sid => sid.startsWith('s-'),
  keyOf: sid => sid,
  pack: ({ body }) => body as Uint8Array,
  unpack: body => ({ body, revisions: '', createdAt: Number.POSITIVE_INFINITY, expiresAt: 0 }),
}

let trio: SentinelTrio
let backend: RedisBackend
let other: Redis
let key: string
let keys = 0
beforeAll(async () => {
  trio = await startSentinel()
  const { host, port } = await trio.currentPrimary()
  other = new Redis(port, host, { retryStrategy: () => null })
  backend = redisBackend({ savePath: trio.savePath, layout: bare })
})
afterAll(async () => {
  await backend?.close()
  other?.disconnect()
  await trio?.stop()
})
beforeEach(() => {
  key = `s-${++keys}`
})

const text = (record: unknown) => Buffer.from((record as StoredRecord).body as Uint8Array).toString()
const fields = (body: string) => ({ createdAt: 1, expiresAt: Date.now() + 60_000, body: Buffer.from(body) })
const create = async (body: string) => (await backend.create(key, fields(body)))!
const replace = (base: StoredRecord, body: string, call?: Call) => backend.replace(key, base, fields(body), call)

/** A call of the script as EVAL. */
const run = async ([, , ...args]: readonly Argument[]): Promise<Reply> =>
  (await other.callBuffer('EVAL', SHARED_SCRIPT, ...args)) as Reply

describe('a shared record', () => {
  it('is its value and nothing else, under its key, with a TTL', async () => {
    await create('value')
    expect(await other.get(key)).toBe('value')
    expect(await other.pttl(key)).toBeGreaterThan(50_000)
    const record = (await backend.read(key)) as StoredRecord
    expect([text(record), record.createdAt]).toEqual(['value', Number.POSITIVE_INFINITY])
  })

  it('is read as the other program wrote it, even when that is nothing', async () => {
    await other.set(key, '', 'EX', 100)
    const record = (await backend.read(key)) as StoredRecord
    expect(text(record)).toBe('')
    expect(record.expiresAt).toBeGreaterThan(Date.now() + 90_000)
    expect((await replace(record, 'filled')).outcome).toBe('ok')
    expect(await other.get(key)).toBe('filled')
  })

  it('is created under a free key only', async () => {
    await other.set(key, 'theirs')
    expect(await backend.create(key, fields('ours'))).toBeNull()
    expect(await other.get(key)).toBe('theirs')
  })

  it('is replaced while it is the base, and told as it is when it is not', async () => {
    const base = await create('one')
    const second = await replace(base, 'two')
    expect(second).toMatchObject({ outcome: 'ok' })
    await other.set(key, 'theirs', 'EX', 100)
    const changed = await replace((second as { record: StoredRecord }).record, 'three')
    expect(changed.outcome).toBe('changed')
    const { current } = changed as { current: StoredRecord }
    expect(text(current)).toBe('theirs')
    expect((await replace(current, 'three')).outcome).toBe('ok')
    expect(await other.get(key)).toBe('three')
  })

  it('that the other program deleted or moved is gone, and never comes back', async () => {
    const base = await create('one')
    await other.rename(key, `${key}-moved`)
    expect(await replace(base, 'two')).toEqual({ outcome: 'gone' })
    expect(await backend.touch(key, Date.now() + 60_000)).toBe(false)
    expect(await backend.end(key, { kind: 'retired', base })).toEqual({ outcome: 'gone' })
    expect(await backend.read(key)).toBeNull()
    expect(await other.exists(key)).toBe(0)
    expect(text(await backend.read(`${key}-moved`))).toBe('one')
  })

  it('has its deadline moved', async () => {
    await create('one')
    expect(await backend.touch(key, Date.now() + 500_000)).toBe(true)
    expect(await other.pttl(key)).toBeGreaterThan(450_000)
  })
})

describe('a shared record that was ended', () => {
  it.each(['destroyed', 'retired'] as const)('is %s: absent for the other program, and ended for us', async kind => {
    const base = await create('one')
    expect(await backend.end(key, kind === 'retired' ? { kind, base } : { kind })).toEqual({ outcome: 'ok' })
    expect(await other.exists(key)).toBe(0)
    const ttl = await other.pttl(besideKey(key))
    expect(ttl).toBeGreaterThan(170_000)
    expect(ttl).toBeLessThanOrEqual(180_000)
    expect(await backend.read(key)).toBe(kind === 'retired' ? 'retired' : null)
    expect(await backend.create(key, fields('two'))).toBeNull()
    expect(await replace(base, 'two')).toEqual({ outcome: 'gone' })
    expect(await backend.touch(key, Date.now() + 60_000)).toBe(false)
    expect(await other.exists(key)).toBe(0)
  })

  it.each(['destroyed', 'retired'] as const)(
    'and %s is ended again when the other program writes it once more',
    async kind => {
      const base = await create('one')
      await backend.end(key, kind === 'retired' ? { kind, base } : { kind })
      await other.set(key, 'one', 'EX', 100)
      expect(await replace(base, 'two')).toEqual({ outcome: 'gone' })
      expect(await backend.read(key)).toBe(kind === 'retired' ? 'retired' : null)
      expect(await other.exists(key)).toBe(0)
    },
  )

  it('was retired only if it was still the base', async () => {
    const base = await create('one')
    await other.set(key, 'theirs', 'EX', 100)
    expect(await backend.end(key, { kind: 'retired', base })).toMatchObject({ outcome: 'changed' })
    expect(await other.get(key)).toBe('theirs')
    expect(await backend.end(key, { kind: 'destroyed' })).toEqual({ outcome: 'ok' })
    expect(await backend.end(key, { kind: 'destroyed' })).toEqual({ outcome: 'gone' })
  })

  it('is ended again on a primary that has lost the end', async () => {
    const journal = new Journal(1_000_000)
    const origin = { dataSet: 'a', holders: new Set(['x']) }
    journal.ended(key, '-destroyed 0000000000000000', origin)
    await other.set(key, 'alive again', 'EX', 100)
    await rebury(journal, {
      runId: 'y',
      dataSets: ['b'],
      origin: { dataSet: 'b', holders: new Set(['y']) },
      send: async batch => Promise.all(batch.map(async ({ parts }) => [await run(parts[0]!)])),
    } as Parameters<typeof rebury>[1])
    expect(await other.exists(key)).toBe(0)
    expect(await backend.read(key)).toBeNull()
    expect(journal.doubtful('y', ['b'])).toEqual([])
  })
})

describe('a write whose reply was lost', () => {
  const digest = (body: string) => createHash('sha1').update(body).digest('hex')
  const call = (...args: string[]) => other.eval(SHARED_SCRIPT, 2, key, besideKey(key), ...args)
  const until = () => String(Date.now() + 60_000)
  const [first, second] = ['aaaaaaaa00000010', 'aaaaaaaa00000020']

  it('is found done, whatever it was', async () => {
    const creation = ['create', first, until(), 'one']
    expect([await call(...creation), await call(...creation)]).toEqual([1, 1])
    const replacement = ['replace', second, until(), digest('one'), 'two', second]
    expect([await call(...replacement), await call(...replacement)]).toEqual([1, 1])
    const retirement = ['retire', 'mark', until(), digest('two')]
    expect([await call(...retirement), await call(...retirement)]).toEqual([1, 1])
    const end = ['destroy', 'mark', until()]
    expect([await call(...end), await call(...end)]).toEqual([0, 0])
    await other.del(besideKey(key))
    await other.set(key, 'three')
    expect([await call(...end), await call(...end)]).toEqual([1, 1])
  })

  it('is found done behind writes of others, of the other program too', async () => {
    await call('create', first, until(), '1')
    const increment = ['replace', second, until(), digest('1'), '2', second]
    await call(...increment)
    await call('replace', 'bbbbbbbb00000010', until(), digest('2'), '3', 'bbbbbbbb00000010')
    expect(await call(...increment)).toBe(1)
    await other.set(key, '1')
    expect(await call(...increment)).toBe(1)
    expect(await other.get(key)).toBe('1')
  })

  it('is not taken for that of another with the very same bytes', async () => {
    await call('create', first, until(), '1')
    await call('replace', second, until(), digest('1'), '2', second)
    expect(await call('replace', 'bbbbbbbb00000010', until(), digest('1'), '2', 'bbbbbbbb00000010')).toBe('2')
  })

  it('is known among the last eight writers, for a minute', async () => {
    await call('create', first, until(), '1')
    for (const writer of 'bcdefghi') {
      const revision = `${writer.repeat(8)}00000010`
      expect(await call('replace', revision, until(), digest('1'), '1', revision)).toBe(1)
    }
    const beside = await other.get(besideKey(key))
    expect(
      beside!
        .slice(1)
        .split(' ')
        .map(each => each[0])
        .join(''),
    ).toBe('ihgfedcb')
    expect(await other.pttl(besideKey(key))).toBeLessThanOrEqual(60_000)
  })

  /** What the primary does with an unknown outcome: the same command again. Between the two others write. */
  const unsure = (others: () => Promise<unknown>) => {
    const link = {
      async send(_: string, { parts }: Sending) {
        const [part] = parts as [readonly Argument[]]
        if (part[0] === 'GET') return { reply: await other.getBuffer(String(part[1])) }
        await others()
        return { reply: await run(part), uncertain: true, origin: undefined }
      },
      beforeUse() {},
    }
    return new SharedBackend(link as unknown as Link, bare, false)
  }

  it('and was not applied is tried again', async () => {
    const base = await create('one')
    const changed = await unsure(() => other.set(key, 'theirs')).replace(key, base, fields('two'), { tries: {} })
    expect(changed.outcome).toBe('changed')
  })

  it('and that nobody can tell of is not run twice', async () => {
    const base = await create('one')
    const others = async () => {
      await other.set(key, 'theirs')
      await other.set(besideKey(key), `+${Array.from('bcdefghi', each => `${each.repeat(8)}00000010`).join(' ')}`)
    }
    await expect(unsure(others).replace(key, base, fields('two'), { tries: {} })).rejects.toMatchObject({
      code: 'ERR_SESSION_CONFLICT',
    })
    expect(await other.get(key)).toBe('theirs')
  })
})

describe('the backend of shared records', () => {
  it('counts and lists what has the form of a sid, and no tombstones', async () => {
    await other.flushall()
    await other.set('of another application', 'x')
    for (const body of ['a', 'b', 'c']) {
      key = `s-${++keys}`
      await create(body)
    }
    await backend.end(key, { kind: 'destroyed' })
    expect(await backend.count()).toBe(2)
    const listed: string[] = []
    for await (const each of backend.scan()) listed.push(each)
    expect(listed.sort()).toEqual([`s-${keys - 2}`, `s-${keys - 1}`])
  })

  it('knows no users, and says so', async () => {
    expect([...backend.capabilities]).toEqual(['enumerable'])
    for (const asked of [backend.generationOf('u'), backend.endAllOf('u'), backend.membersOf('u')]) {
      await expect(asked).rejects.toMatchObject({ code: 'ERR_CONFIG_CAPABILITY' })
    }
  })

  it('leaves what is no string alone', async () => {
    await other.rpush(key, 'x')
    const refused = await backend.read(key).catch((error: unknown) => error)
    expect(isSessionError(refused, 'ERR_RECORD_MALFORMED')).toBe(true)
    expect(await other.llen(key)).toBe(1)
  })

  it('refuses a layout that is neither shared nor the native one', () => {
    const options = { savePath: trio.savePath, layout: { ...bare, revisionIn: 'header' } as Layout }
    expect(() => redisBackend(options)).toThrow(expect.objectContaining({ code: 'ERR_CONFIG_OPTION', field: 'layout' }))
  })
})

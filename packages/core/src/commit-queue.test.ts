import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Backend, Budget, StoredRecord } from './backend.ts'
import type { Change } from './commit-queue.ts'
import { memoryBackend } from './memory-backend.ts'
import { Storage } from './storage.ts'

const CALL_MS = 100

/** Each verb takes a while, and spends that, as a backend does whose primary is away. */
function slowBackend(budgets: Budget[] = []): Backend {
  const backend = memoryBackend()
  const slow = { ...backend, capabilities: backend.capabilities } as Backend
  for (const verb of ['create', 'replace', 'end'] as const) {
    const quick = backend[verb].bind(backend) as (...args: unknown[]) => Promise<unknown>
    slow[verb] = (async (...args: unknown[]) => {
      await new Promise(resolve => setTimeout(resolve, CALL_MS))
      const { budget } = (args.at(-1) ?? {}) as { budget?: Budget }
      if (budget !== undefined) {
        budget.leftMs -= CALL_MS
        budgets.push(budget)
      }
      return quick(...args)
    }) as never
  }
  return slow
}

/** What ends a record may go another way than what creates one, as between the shards of a cluster: it waits for its turn. */
function oneAfterTheOther(backend: Backend): Backend {
  const { end } = backend
  return Object.assign(backend, {
    end: (async (key, ending, call = {}) => {
      const since = performance.now()
      if ((await call.after) === null) throw new Error('not created')
      if (call.budget !== undefined) call.budget.leftMs -= performance.now() - since
      return end(key, ending, call)
    }) satisfies Backend['end'],
  })
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

async function during<T>(work: Promise<T>): Promise<T> {
  await vi.advanceTimersByTimeAsync(20 * CALL_MS)
  return work
}

async function stored(storage: Storage): Promise<StoredRecord> {
  const body = await storage.encode('k', { n: 0 }, { createdAt: 0 })
  const record = await during(storage.backend.create('k', { createdAt: 0, expiresAt: Date.now() + 1e6, body }))
  return record!
}

function change(base: StoredRecord, budget: Budget, more: Partial<Change> = {}): Change {
  const mergeOnto = (): never => {
    throw new Error('Nobody else writes.')
  }
  return {
    base,
    mine: { n: 1 },
    expiresAt: base.expiresAt,
    until: base.expiresAt,
    mergeOnto,
    call: { budget },
    ...more,
  }
}

describe('what a request has waited for the store', () => {
  it('is taken from its budget, that in the queue too', async () => {
    const storage = new Storage(slowBackend(), {})
    const base = await stored(storage)
    const [first, second] = [{ leftMs: 1000 }, { leftMs: 1000 }]
    const mergeOnto = async () => ({ data: { n: 2 }, conflicts: [] })
    await during(
      Promise.all([
        storage.commits.commit('k', change(base, first)),
        storage.commits.commit('k', change(base, second, { mergeOnto })),
      ]),
    )
    expect([first, second]).toEqual([{ leftMs: 1000 - CALL_MS }, { leftMs: 1000 - 2 * CALL_MS }])
  })

  it('is taken once for the two steps of a regenerate, which leave together', async () => {
    const budgets: Budget[] = []
    const storage = new Storage(slowBackend(budgets), {})
    const base = await stored(storage)
    const budget = { leftMs: 1000 }
    await during(storage.commits.commit('k', change(base, budget, { freshKey: async () => 'new' })))
    for (const each of [budget, ...budgets]) expect(each.leftMs).toBe(1000 - CALL_MS)
    expect(budgets).toHaveLength(2)
  })

  it('is taken in full for the two steps of a regenerate where the second waits for the first', async () => {
    const storage = new Storage(oneAfterTheOther(slowBackend()), {})
    const base = await stored(storage)
    const budget = { leftMs: 1000 }
    await during(storage.commits.commit('k', change(base, budget, { freshKey: async () => 'new' })))
    expect(budget.leftMs).toBe(1000 - 2 * CALL_MS)
  })
})

describe('a regenerate in a store whose writes may overtake each other', () => {
  it('does not retire the old session where the new one could not be created', async () => {
    const backend = oneAfterTheOther(slowBackend())
    const storage = new Storage(backend, {})
    const base = await stored(storage)
    backend.create = async () => {
      await new Promise(resolve => setTimeout(resolve, 5 * CALL_MS))
      throw new Error('away')
    }
    const regenerating = storage.commits.commit('k', change(base, { leftMs: 1000 }, { freshKey: async () => 'new' }))
    await during(expect(regenerating).rejects.toThrow('away'))
    expect(await backend.read('k')).toMatchObject({ revisions: base.revisions })
  })
})

import { describe, expect, it } from 'vitest'
import { Command, type Sending } from './command.ts'
import type { Acknowledged, Lane } from './lane.ts'
import { Lanes } from './lanes.ts'
import type { Quorum } from './quorum.ts'

const own = { dataSet: 'data', holders: new Set<string>() }
const nobody: Quorum = { term: 1, expected: [], count: 0, isByName: false, gatherUntil: 0, origin: own, own }

/** A lane to nowhere: it notes what it is given and answers when it is told to. */
class FakeLane {
  readonly batches: string[][] = []
  isIdle = true
  readonly isOpen = true
  #finish: (() => void) | undefined

  send(commands: readonly Command[], _awaited: unknown, tell: (command: Command, outcome: number[]) => void) {
    this.isIdle = false
    this.batches.push(commands.map(({ parts }) => String(parts[0]![0])))
    return new Promise<Acknowledged>(resolve => {
      this.#finish = () => {
        this.isIdle = true
        for (const command of commands) tell(command, [1])
        resolve({ count: 2, role: undefined })
      }
    })
  }

  finish(): void {
    this.#finish?.()
  }
}

async function opened({ room = 10, replicas = 2 } = {}): Promise<{ lanes: Lanes; fakes: FakeLane[] }> {
  const fakes: FakeLane[] = []
  const lanes: Lanes = new Lanes({
    room: () => room - lanes.size,
    idleTimeoutMs: 1000,
    quorum: () => ({ ...nobody, count: replicas }),
    isConfirmed: async () => true,
    explain: async () => 'accept',
    leave: () => undefined,
  })
  await lanes.prepare(async () => {
    fakes.push(new FakeLane())
    return fakes.at(-1) as unknown as Lane
  })
  lanes.release()
  return { lanes, fakes }
}

function push(lanes: Lanes, name: string, durability: Sending['durability'] = 'configured'): void {
  const ignore = () => undefined
  lanes.push(new Command({ parts: [[name]], durability, isDone: () => true }, undefined, 1000, ignore, ignore))
}

function pushMany(lanes: Lanes, count: number): void {
  for (let i = 0; i < count; i++) push(lanes, `write ${i}`)
}

const aTurn = () => new Promise(resolve => setImmediate(resolve))

describe('many commands at once', () => {
  it('leave as one batch the first time, and open a second lane', async () => {
    const { lanes, fakes } = await opened()
    pushMany(lanes, 64)
    await aTurn()
    expect(fakes.map(({ batches }) => batches.map(({ length }) => length))).toEqual([[64], []])
  })

  it('leave as two halves once there are two lanes', async () => {
    const { lanes, fakes } = await opened()
    pushMany(lanes, 64)
    await aTurn()
    fakes[0]!.finish()
    await aTurn()
    pushMany(lanes, 64)
    await aTurn()
    expect(fakes.map(({ batches }) => batches.at(-1)!.length)).toEqual([32, 32])
    fakes[1]!.finish()
    pushMany(lanes, 40)
    await aTurn()
    expect(fakes[1]!.batches.at(-1)).toHaveLength(40)
  })

  it('stay together where the pool has no room', async () => {
    const { lanes, fakes } = await opened({ room: 1 })
    pushMany(lanes, 64)
    await aTurn()
    expect(fakes).toHaveLength(1)
  })

  it('stay together where no replica is waited for', async () => {
    const { lanes, fakes } = await opened({ replicas: 0 })
    pushMany(lanes, 64)
    await aTurn()
    expect(fakes).toHaveLength(1)
  })

  it('never part a create from the retirement behind it', async () => {
    const { lanes, fakes } = await opened()
    pushMany(lanes, 64)
    await aTurn()
    fakes[0]!.finish()
    await aTurn()
    pushMany(lanes, 31)
    push(lanes, 'create')
    push(lanes, 'retire', 'expected')
    pushMany(lanes, 31)
    await aTurn()
    const together = fakes.map(({ batches }) => batches.at(-1)!).find(batch => batch.includes('create'))!
    expect(together.slice(together.indexOf('create'))).toEqual(['create', 'retire'])
    expect(fakes.map(({ batches }) => batches.at(-1)!.length).sort()).toEqual([31, 33])
  })
})

it('a few leave together on one lane', async () => {
  const { lanes, fakes } = await opened()
  pushMany(lanes, 31)
  await aTurn()
  expect(fakes.map(({ batches }) => batches.map(({ length }) => length))).toEqual([[31]])
})

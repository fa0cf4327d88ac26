/**
 * The cost contract: what a request of an adapter asks of a real Sentinel deployment, over real HTTP. Commands, round trips and bytes are
 * counted on the way to the primary, heartbeats are not, and no time is.
 */
import { same } from './check.ts'
import { BUDGETS, type Budget, SHARES, VALUES } from './cost-contract/budgets.ts'
import { asVisitor, setStage } from './cost-contract/stage.ts'
import type { CostRunner, CostSubject, Stage } from './cost-contract/subject.ts'
import type { Traffic } from './sentinel/meter.ts'

/**
 * On a machine that is short of time a replica may be so late that it is asked about: that round says nothing. A request that costs more
 * does so in each.
 */
const ROUNDS = 3

/**
 * `costContract({ describe, it, beforeAll, afterAll }, { name: 'koa', start, provider: redisSentinelProvider })`: a whole test file. It
 * starts a deployment, which takes a few seconds, and ends it. What fails says what was counted.
 */
export function costContract({ describe, it, beforeAll, afterAll }: CostRunner, subject: CostSubject): void {
  describe(`cost contract: ${subject.name}`, () => {
    let stage: Awaited<ReturnType<typeof setStage>>
    beforeAll(async () => {
      stage = await setStage(subject)
    })
    afterAll(async () => stage?.strike())

    const costs = (what: keyof typeof BUDGETS, path: string, cookie: (stage: Stage) => Promise<string | undefined>) => {
      const budget: Budget = BUDGETS[what]
      it(`${what} costs ${budget.commands.join(', ') || 'nothing'}`, () =>
        inSomeRound(async () => {
          const init = asVisitor(await cookie(stage))
          keep(await stage.meter.during(() => visit(stage, path, init)), budget)
        }))
    }
    const nobody = async (): Promise<undefined> => undefined
    const visitor = (stage: Stage): Promise<string> => stage.visitor()
    costs('a visitor without a cookie', '/', nobody)
    costs('a visitor without a cookie, whose session is looked at', '/look', nobody)
    costs('a cookie that can be none of ours', '/look', async () => '__Host-sid=short')
    costs('a read', '/look', visitor)
    costs('a read of what this process has not seen yet', '/look', stage => stage.stranger({ isOld: false }))
    costs('setting what is there already', '/same', visitor)
    costs('a first write', '/change', nobody)
    costs('a change', '/change', visitor)
    costs('a login', '/login', visitor)
    costs('a logout', '/logout', visitor)

    const { reads, writers, writersOfOne } = SHARES
    it(`${reads.requests} reads cost ${reads.commandsPerRequest} commands each, with all that is due meanwhile`, () =>
      inSomeRound(async () => {
        const init = asVisitor(await stage.stranger({ isOld: true }))
        const { commands, bytesReceived } = await stage.meter.during(async () => {
          for (let i = 0; i < reads.requests; i += 1) await visit(stage, '/look', init)
        })
        atMost(commands.length, reads.requests * reads.commandsPerRequest, 'commands', commands)
        atMost(bytesReceived, reads.requests * reads.bytesPerRequest, 'bytes received', commands)
      }))

    it(`${writers.requests} changes that end at the same time share ${writers.waits} WAIT`, () =>
      inSomeRound(async () => {
        const cookies = await Promise.all(Array.from({ length: writers.requests }, () => stage.visitor()))
        const { commands } = await together(stage, cookies)
        same(
          [times('get', commands), times('evalsha', commands)],
          [writers.requests, writers.requests],
          'GETs and writes',
        )
        atMost(times('wait', commands), writers.waits, 'WAITs', commands)
        same(new Set(commands).size, 3, 'kinds of commands')
      }))

    it(`${writersOfOne.requests} changes of one session that end at the same time share ${writersOfOne.writes} writes`, () =>
      inSomeRound(async () => {
        const cookie = await stage.visitor()
        const { commands } = await together(
          stage,
          Array.from({ length: writersOfOne.requests }, () => cookie),
        )
        atMost(times('get', commands), writersOfOne.requests, 'GETs', commands)
        atMost(times('evalsha', commands), writersOfOne.writes, 'writes', commands)
        atMost(times('wait', commands), writersOfOne.waits, 'WAITs', commands)
        same(new Set(commands).size, 3, 'kinds of commands')
      }))
  })
}

async function visit(stage: Stage, path: string, init: RequestInit): Promise<void> {
  const response = await stage.visit(path, init)
  same(response.status, 200, 'the status')
  await response.text()
}

function together(stage: Stage, cookies: readonly string[]): Promise<Traffic> {
  stage.hold(cookies.length)
  return stage.meter.during(() =>
    Promise.all(cookies.map(cookie => visit(stage, '/change-together', asVisitor(cookie)))),
  )
}

async function inSomeRound(round: () => Promise<void>): Promise<void> {
  for (let left = ROUNDS; ; left -= 1) {
    try {
      return await round()
    } catch (error) {
      if (left === 1) throw error
    }
  }
}

function keep({ commands, roundTrips, bytesSent, bytesReceived }: Traffic, budget: Budget): void {
  const counted = `counted: ${commands.join(', ') || 'no command'}; ${roundTrips} round trips; ${bytesSent} bytes sent, ${bytesReceived} received, where the values have ${VALUES}`
  same(commands, budget.commands, `commands (${counted})`)
  same(roundTrips, budget.roundTrips, `round trips (${counted})`)
  atMost(bytesSent, budget.sent, 'bytes sent', counted)
  atMost(bytesReceived, budget.received, 'bytes received', counted)
}

const times = (name: string, commands: readonly string[]): number => commands.filter(each => each === name).length

function atMost(count: number, most: number, what: string, counted: string | readonly string[]): void {
  if (count <= most) return
  const all = typeof counted === 'string' ? counted : `counted: ${tally(counted)}`
  throw new Error(`${what}: at most ${most}, got ${count} (${all})`)
}

function tally(commands: readonly string[]): string {
  return [...new Set(commands)].map(name => `${times(name, commands)} ${name}`).join(', ')
}

/**
 * The cost contract: what a request of an adapter asks of a real Sentinel deployment, over real HTTP. Commands, round trips and bytes are
 * counted on the way to the primary, and no time is.
 */
import { same } from './check.ts'
import { BUDGETS, type Budget, READS, VALUES, WRITERS, WRITERS_OF_ONE } from './cost-contract/budgets.ts'
import { setStage } from './cost-contract/stage.ts'
import type { CostRunner, CostSubject, Stage } from './cost-contract/subject.ts'
import type { Traffic } from './sentinel/meter.ts'

/**
 * On a machine that is short of time a replica may be so late that it is asked about, and that round says nothing. A request that costs
 * more does so in each.
 */
const ROUNDS = 3

/**
 * `costContract({ describe, it, beforeAll, afterAll }, { name: 'koa', start, provider: redisSentinelProvider })`: a whole test file. It
 * starts a deployment, which takes a few seconds, and ends it. A failure says what was counted.
 */
export function costContract({ describe, it, beforeAll, afterAll }: CostRunner, subject: CostSubject): void {
  describe(`cost contract: ${subject.name}`, () => {
    let stage: Stage | undefined
    beforeAll(async () => {
      stage = await setStage(subject)
    })
    afterAll(async () => stage?.strike())

    const test = (title: string, round: (stage: Stage) => Promise<void>): void => {
      it(title, () => inSomeRound(() => round(stage!)))
    }

    for (const budget of BUDGETS) {
      test(`${budget.what} costs ${budget.commands.join(', ') || 'nothing'}`, async ({ meter, cookieOf, visit }) => {
        const cookie = await cookieOf(budget.by)
        keepsTo(budget, await meter.during(() => visit(budget.path, cookie)))
      })
    }

    test(`${READS.requests} reads cost ${READS.commandsEach} commands each, with all that is due meanwhile`, async stage => {
      const cookie = await stage.cookieOfLongAgo()
      const traffic = await stage.meter.during(async () => {
        for (let i = 0; i < READS.requests; i += 1) await stage.visit('/look', cookie)
      })
      atMost(READS.requests * READS.commandsEach, traffic.commands.length, 'commands', traffic)
      atMost(READS.requests * READS.bytesEach, traffic.bytesReceived, 'bytes received', traffic)
    })

    test(`${WRITERS.requests} changes that end at the same time share ${WRITERS.waits} WAIT`, async stage => {
      const cookies = await Promise.all(Array.from({ length: WRITERS.requests }, () => stage.cookieOf('visitor')))
      const traffic = await together(stage, cookies)
      atMost(WRITERS.requests, times('get', traffic), 'GETs', traffic)
      atMost(WRITERS.requests, times('evalsha', traffic), 'writes', traffic)
      atMost(WRITERS.waits, times('wait', traffic), 'WAITs', traffic)
      atMost(3, new Set(traffic.commands).size, 'kinds of commands', traffic)
    })

    const { requests, writes, waits } = WRITERS_OF_ONE
    test(`${requests} changes of one session that end at the same time share ${writes} writes`, async stage => {
      const traffic = await together(stage, Array(requests).fill(await stage.cookieOf('visitor')))
      atMost(requests, times('get', traffic), 'GETs', traffic)
      atMost(writes, times('evalsha', traffic), 'writes', traffic)
      atMost(waits, times('wait', traffic), 'WAITs', traffic)
      atMost(3, new Set(traffic.commands).size, 'kinds of commands', traffic)
    })
  })
}

function together({ hold, meter, visit }: Stage, cookies: readonly (string | undefined)[]): Promise<Traffic> {
  hold(cookies.length)
  return meter.during(() => Promise.all(cookies.map(cookie => visit('/change-together', cookie))))
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

function keepsTo(budget: Budget, traffic: Traffic): void {
  const { commands, roundTrips, bytesSent, bytesReceived } = traffic
  same(commands, budget.commands, `commands (${counted(traffic)})`)
  same(roundTrips, budget.roundTrips, `round trips (${counted(traffic)})`)
  atMost(budget.sent, bytesSent, 'bytes sent', traffic)
  atMost(budget.received, bytesReceived, 'bytes received', traffic)
}

function atMost(most: number, actual: number, what: string, traffic: Traffic): void {
  if (actual > most) throw new Error(`${what}: at most ${most}, got ${actual} (${counted(traffic)})`)
}

const times = (name: string, { commands }: Traffic): number => commands.filter(each => each === name).length

function counted(traffic: Traffic): string {
  const { commands, roundTrips, bytesSent, bytesReceived } = traffic
  const names = [...new Set(commands)].map(name => `${times(name, traffic)} ${name}`).join(', ')
  return `counted: ${names || 'no command'}; ${roundTrips} round trips; ${bytesSent} bytes sent, ${bytesReceived} received, of ${VALUES} of values`
}

/** Three Redis nodes and three Sentinels as processes of this machine, with sessions on them. */
import { randomBytes } from 'node:crypto'
import { redisSentinelSession } from '@sentinel-session/koa'
import { startSentinel } from '@sentinel-session/testing/sentinel'
import { createContest } from './contest/create-contest.mjs'
import { createOrdinaryStore } from './contest/ordinary-store.mjs'
import { seconds } from './seconds.mjs'
import { createActions } from './sentinel-actions.mjs'
import { namedPrimary, readStatus } from './sentinel-status.mjs'

export async function startSentinelDeployment(timeline) {
  console.log('Starting three Redis nodes and three Sentinels.')
  const auth = { username: 'app', password: randomBytes(16).toString('hex') }
  const trio = await startSentinel({ nodeConfig: [`user ${auth.username} on >${auth.password} ~* &* +@all`] })
  const status = () => readStatus(trio)
  const turn = { taken: null }
  const contest = createContest({
    turn,
    ordinary: createOrdinaryStore({ sentinels: trio.sentinels, masterName: trio.masterName, auth }),
    findPrimary: () => namedPrimary(trio),
  })
  timeline.add('Three Redis nodes and three Sentinels were started.')

  return {
    kind: 'sentinel',
    actions: createActions({ trio, status, timeline, turn, contest }),
    contest,
    createSessions: options =>
      redisSentinelSession({ ...options, savePath: trio.savePath, auth, onEvent: event => report(event, timeline) }),
    status,
    async readRecord(key) {
      const primary = await trio.currentPrimary()
      const [value, ttlMs] = await Promise.all([trio.ask(primary, 'GET', key), trio.ask(primary, 'PTTL', key)])
      return value === null ? null : { value, ttlMs }
    },
    stop: () => trio.stop(),
  }
}

function report(event, timeline) {
  if (event.type === 'failover') {
    timeline.add(`The app follows the new primary ${event.to}, ${seconds(event.pauseMs)} after it lost ${event.from}.`)
  }
  if (event.type === 'recovered')
    timeline.add(`The app reached the same primary again after ${seconds(event.afterMs)}.`)
}

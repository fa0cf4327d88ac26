/** A small, steady load on two stores at once, the account of each, and what a fault cost them. */
import { setTimeout as sleep } from 'node:timers/promises'
import { createAccount } from './account.mjs'
import { createRecord } from './record.mjs'
import { runUser } from './run-user.mjs'

const USERS = 10
const RESULTS = 4
const CONFIRM_EACH_MS = 100
const CONFIRM_WITHIN_MS = 20_000

export function createContest({ turn, ordinary, findPrimary }) {
  const accounts = { ours: createAccount(USERS), ordinary: createAccount(USERS) }
  const load = { isOn: true, isStopped: false }
  const record = createRecord()
  const results = []
  let marks = []
  let primary
  let clock

  async function watchPrimary() {
    const now = await findPrimary()
    if (now === undefined || now === primary) return
    if (primary !== undefined) marks.push({ kind: 'primary', text: `:${now.port} is the primary` })
    primary = now
  }

  function tick() {
    record.add({ ours: accounts.ours.takeSecond(), ordinary: accounts.ordinary.takeSecond(), marks })
    marks = []
    void watchPrimary()
  }

  /** Until each user has seen what is stored from now on: one good answer is enough, because it carries the count. */
  async function confirm() {
    const since = performance.now()
    const users = [...accounts.ours.users, ...accounts.ordinary.users]
    while (load.isOn && performance.now() - since < CONFIRM_WITHIN_MS) {
      if (users.every(user => user.confirmedSince > since)) return
      await sleep(CONFIRM_EACH_MS)
    }
  }

  return {
    ordinary,
    load,
    record,
    results,
    running: () => turn.taken,

    start(origin) {
      for (const [name, account] of Object.entries(accounts)) {
        for (const user of account.users) void runUser({ origin, path: `/contest/${name}`, account, user, load })
      }
      clock = setInterval(tick, 1000)
    },

    /** Call it when the fault begins; `end` once all is well again, and the result is there. */
    compare(label) {
      const ours = accounts.ours.follow()
      const other = accounts.ordinary.follow()
      marks.push({ kind: 'fault', text: label })
      return {
        async end() {
          await confirm()
          const result = { label, at: new Date(), ours: ours(), ordinary: other() }
          if (result.ours.acknowledged + result.ordinary.acknowledged > 0) results.unshift(result)
          results.length = Math.min(results.length, RESULTS)
        },
      }
    },

    stop() {
      load.isStopped = true
      clearInterval(clock)
      ordinary.close()
    },
  }
}

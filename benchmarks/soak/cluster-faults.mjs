/**
 * What happens to a cluster: a primary is killed, frozen or replaced on purpose, a replica is killed, or slots with sessions in them move.
 * One fault follows the other without waiting for the cluster to agree, in an order that the seed fixes.
 */
import { startCluster } from '@sentinel-session/testing/sentinel'
import { LostSlots } from './lost-slots.mjs'
import { seeded } from './seeded.mjs'

/** So many slots move at once: each holds about one session. */
const SLOTS_AT_ONCE = 5
/** Time in which a killed replica is missed. */
const AWAY_MS = 300
/** An election that fails is repeated after 4 s at the earliest. */
const SUCCESSION_MS = 10_000

/** What has ended leaves a tombstone, of which there are many more. */
const LIVE = `local live = {}
for _, key in ipairs(redis.call('KEYS', '*')) do
  if redis.pcall('GETRANGE', key, 0, 0) == '{' then table.insert(live, key) end
end
return live`

const NODE_CONFIG = [
  // With the default, a replica is a second behind after it has copied, and may be elected all the same (docs/failover.md).
  'repl-diskless-sync no',
  // A primary that loses its last slot follows whoever took it; nobody leaves a shard that has replicas.
  'cluster-allow-replica-migration yes',
  'cluster-migration-barrier 100',
]

export async function clusterFaults({ downAfterMs, replicas, secondsBetween, seed, tell }) {
  const cluster = await startCluster({ replicas, nodeTimeoutMs: downAfterMs, nodeConfig: NODE_CONFIG })
  const lostSlots = new LostSlots(cluster, tell)
  const random = seeded(seed)
  const pick = list => list[Math.floor(random() * list.length)]

  const faults = {
    async kill(primary) {
      tell(`kills ${primary.port}`)
      await cluster.kill(primary)
      await succeeded(primary)
      await cluster.restart(primary)
      tell(`${primary.port} is back`)
    },
    async freeze(primary) {
      tell(`freezes ${primary.port}`)
      await cluster.pause(primary)
      await succeeded(primary)
      await cluster.resume(primary)
      tell(`${primary.port} wakes up`)
    },
    async replace(primary) {
      const replica = await replicaOf(primary)
      tell(`fails over from ${primary.port} to ${replica.port}`)
      await Promise.race([cluster.failover(replica), rest(SUCCESSION_MS)])
    },
    async loseReplica(primary) {
      const replica = await replicaOf(primary)
      tell(`kills ${replica.port}, a replica of ${primary.port}`)
      await cluster.kill(replica)
      await rest(AWAY_MS)
      await cluster.restart(replica)
      tell(`${replica.port} is back`)
    },
    async move(from, primaries) {
      const to = pick(primaries.filter(node => node !== from))
      const slots = (await slotsInUse(from)).slice(0, SLOTS_AT_ONCE)
      tell(`moves ${slots.join(' ')} from ${from.port} to ${to.port}`)
      await cluster.migrate(slots, from, to)
      tell('has moved them')
    },
  }

  /** Until most nodes say that it serves nothing. A shard that nobody else can lead gets its primary back as it is. */
  async function succeeded(primary) {
    const deadline = performance.now() + SUCCESSION_MS
    const isServing = async () => (await cluster.primaries().catch(() => [primary])).includes(primary)
    while (performance.now() < deadline) {
      if (!(await isServing())) return tell(`another has taken over from ${primary.port}`)
      await rest(20)
    }
    tell(`nobody has taken over from ${primary.port}`)
    await tellViews()
  }

  /** One that says itself that it is one: others may not have heard of its promotion. */
  async function replicaOf(primary) {
    const replica = pick(await cluster.replicasOf(primary))
    if (replica === undefined) throw new Error(`${primary.port} has no replica`)
    const [role] = await cluster.ask(replica, 'ROLE')
    if (role !== 'slave') throw new Error(`${replica.port} was promoted`)
    return replica
  }

  async function slotsInUse(node) {
    const live = await cluster.ask(node, 'EVAL', LIVE, '0')
    const slots = await Promise.all(live.map(key => cluster.ask(node, 'CLUSTER', 'KEYSLOT', key)))
    return [...new Set(slots.map(Number))].sort((a, b) => a - b)
  }

  const passingOver = (what, work) => work().catch(error => tell(`could not ${what}: ${error.message}`))

  /** What each node believes. */
  async function tellViews() {
    for (const node of cluster.nodes) {
      const view = await cluster.ask(node, 'CLUSTER', 'NODES').catch(({ message }) => message)
      tell(`${node.port} says:\n${view}`)
    }
  }

  return {
    connection: { cluster: cluster.addresses, failoverBudget: '10s' },
    /** A fault that the cluster refuses, because it has not got over the one before, is told and passed over. */
    async next() {
      await passingOver('look for lost slots', () => lostSlots.giveBack())
      const fault = pick(Object.keys(faults))
      await passingOver(fault, async () => {
        const primaries = [...(await cluster.primaries())]
        await faults[fault](pick(primaries), primaries)
      })
      await rest(secondsBetween * 1000)
    },
    async settled() {
      for (let tries = 0; tries < 5; tries++) {
        await rest(1000)
        await passingOver('look for lost slots', () => lostSlots.giveBack())
      }
      await cluster.settled().catch(async error => {
        await tellViews()
        throw error
      })
    },
    slotOf: async key => {
      const [any] = await cluster.primaries()
      return cluster.ask(any, 'CLUSTER', 'KEYSLOT', key)
    },
    stop: () => cluster.stop(),
  }
}

function rest(ms) {
  return new Promise(resolve => setTimeout(resolve, ms))
}

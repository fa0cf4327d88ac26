/**
 * Redis 7.0 loses a slot at times: its shard fails over soon after the slot moved there, and no primary serves it, whatever each of them
 * believes. It stays so until somebody does what `redis-cli --cluster fix` does.
 */

const SLOTS = 16_384
/** While a primary is replaced, nobody serves its slots for a moment. */
const LOST_MS = 3_000

export class LostSlots {
  #cluster
  #tell
  /** Since when nobody serves it, by slot. */
  #since = new Map()

  constructor(cluster, tell) {
    this.#cluster = cluster
    this.#tell = tell
  }

  /** Gives each slot that nobody has served for a while to the primary that has most of its keys. */
  async giveBack() {
    const primaries = await this.#cluster.primaries()
    const served = await Promise.all(primaries.map(node => this.#servedBy(node)))
    const now = performance.now()
    const all = Array.from({ length: SLOTS }, (_, slot) => slot)
    const lost = all.filter(slot => !served.some(slots => slots.has(slot)))
    this.#since = new Map(lost.map(slot => [slot, this.#since.get(slot) ?? now]))
    if (served.some(slots => slots.size === 0)) return
    for (const [slot, since] of this.#since) if (now - since > LOST_MS) await this.#assign(String(slot), primaries)
  }

  async #assign(slot, primaries) {
    const count = async node => Number(await this.#cluster.ask(node, 'CLUSTER', 'COUNTKEYSINSLOT', slot))
    const counts = await Promise.all(primaries.map(async node => ({ node, keys: await count(node) })))
    const [{ node: heir }] = counts.sort((a, b) => b.keys - a.keys)
    this.#tell(`nobody serves ${slot}: it is given to ${heir.port}`)
    const id = String(await this.#cluster.ask(heir, 'CLUSTER', 'MYID'))
    const others = primaries.filter(node => node !== heir)
    // It may be free for the heir, or somebody else's.
    await this.#cluster.ask(heir, 'CLUSTER', 'ADDSLOTS', slot).catch(() => undefined)
    for (const node of [heir, ...others]) {
      await this.#cluster.ask(node, 'CLUSTER', 'SETSLOT', slot, 'NODE', id).catch(({ message }) => this.#tell(message))
    }
    await this.#cluster.ask(heir, 'CLUSTER', 'BUMPEPOCH').catch(() => undefined)
  }

  /** What it says of itself; nothing if it does not answer. */
  async #servedBy(node) {
    const answer = await this.#cluster.ask(node, 'CLUSTER', 'SLOTS').catch(() => [])
    const own = answer.filter(([, , [, port]]) => port === node.port)
    return new Set(own.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, i) => from + i)))
  }
}

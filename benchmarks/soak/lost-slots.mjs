/**
 * Redis 7.0 loses a slot at times: its shard fails over soon after the slot moved there, all others take the new primary for its owner, and
 * that one does not serve it. It stays so until somebody does what `redis-cli --cluster fix` does.
 */

/** Gives each primary what the others say it serves, if itself it knows of nobody who does. */
export async function giveBackSlots(cluster, tell) {
  const primaries = await cluster.primaries()
  const views = await Promise.all(primaries.map(async node => ({ node, owners: await ownersSeenBy(cluster, node) })))
  for (const { node, owners } of views) {
    const isLost = slot => !owners.has(slot) && views.some(view => view.owners.get(slot) === node.port)
    const lost = owners.size === 0 ? [] : Array.from({ length: 16_384 }, (_, slot) => slot).filter(isLost)
    if (lost.length === 0) continue
    tell(`${node.port} gets back ${lost.join(' ')}`)
    await cluster.ask(node, 'CLUSTER', 'ADDSLOTS', ...lost.map(String)).catch(error => tell(error.message))
  }
}

/** Ports by slot; empty if it does not answer. */
async function ownersSeenBy(cluster, node) {
  const answer = await cluster.ask(node, 'CLUSTER', 'SLOTS').catch(() => [])
  const owners = new Map()
  for (const [from, to, [, port]] of answer) for (let slot = from; slot <= to; slot++) owners.set(slot, port)
  return owners
}

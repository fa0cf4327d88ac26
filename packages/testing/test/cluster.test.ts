/** The launcher of the cluster, on real servers. */
import { type Cluster, RedisError, startCluster } from '@sentinel-session/testing/sentinel'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

let cluster: Cluster
beforeAll(async () => {
  cluster = await startCluster({ password: 'secret' })
})
afterAll(() => cluster?.stop())

const KEY = '{a}1'

async function ownerOf(key: string): Promise<{ slot: number; at: number }> {
  const slot = Number(await cluster.ask(cluster.nodes[0]!, 'CLUSTER', 'KEYSLOT', key))
  for (const [at, node] of (await cluster.primaries()).entries()) {
    const answer = await cluster.ask(node, 'GET', key).catch((error: Error) => error)
    if (!(answer instanceof Error)) return { slot, at }
  }
  throw new Error('nobody serves the key')
}

describe('startCluster', () => {
  it('has three primaries, a replica of each, and all slots', async () => {
    expect(await cluster.primaries()).toEqual(cluster.nodes.slice(0, 3))
    for (const at of [0, 1, 2]) expect(await cluster.replicasOf(cluster.nodes[at]!)).toEqual([cluster.nodes[3 + at]])
    expect(String(await cluster.ask(cluster.nodes[4]!, 'CLUSTER', 'INFO'))).toContain('cluster_slots_ok:16384')
    expect(cluster.url).toBe(`redis+cluster://:secret@${cluster.addresses.join(',')}`)
    expect(cluster.savePath).toBe(`${cluster.addresses.join(';')},100,secret`)
  })

  it('moves a slot, with a state in between', async () => {
    const { slot, at } = await ownerOf(KEY)
    const [from, to] = [cluster.nodes[at]!, cluster.nodes[(at + 1) % 3]!]
    for (const key of [KEY, '{a}2']) await cluster.ask(from, 'SET', key, key)
    await cluster.migrate([slot], from, to, async () => {
      await expect(cluster.ask(from, 'GET', '{a}3')).rejects.toThrow(RedisError)
      await expect(cluster.ask(from, 'GET', '{a}3')).rejects.toThrow(`ASK ${slot} 127.0.0.1:${to.port}`)
    })
    expect(await cluster.ask(to, 'GET', KEY)).toBe(KEY)
    await cluster.settled()
  })

  it('fails over, on purpose and after a crash', async () => {
    const [planned, crashed] = cluster.nodes as [never, never]
    const [replica] = await cluster.replicasOf(planned)
    await cluster.failover(replica!)
    await cluster.settled()
    expect(await cluster.replicasOf(replica!)).toEqual([planned])
    const [successor] = await cluster.replicasOf(crashed)
    await cluster.kill(crashed)
    expect(await cluster.waitForSuccessor(crashed)).toBe(successor)
    await cluster.restart(crashed)
    await cluster.settled()
    expect(await cluster.replicasOf(successor!)).toEqual([crashed])
  })

  it.each([{ primaries: 2 }, { password: 'a,b' }, { nodes: 3 }])('refuses %o', async options => {
    await expect(startCluster(options as never)).rejects.toThrow()
  })
})

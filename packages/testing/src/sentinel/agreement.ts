/** What the servers say about each other, and whether they agree. Only running ones are asked: not the killed, not the paused. */
import type { Deployment } from './deployment.ts'
import type { RedisProcess } from './redis-process.ts'
import type { Reply } from './resp.ts'

/** The data node that most of the running sentinels name, dead or alive. Rejects when there is no such majority at this moment. */
export async function agreedPrimary({ settings, sentinels, data }: Deployment): Promise<RedisProcess> {
  const asked = running(sentinels)
  if (asked.length === 0) throw new Error('no sentinel is running')
  const question = ['SENTINEL', 'get-master-addr-by-name', settings.masterName]
  const answers = await Promise.allSettled(asked.map(sentinel => sentinel.ask(question)))
  const ports = answers.map(answer => (answer.status === 'fulfilled' ? Number((answer.value as string[])?.[1]) : NaN))
  const primary = data.find(({ node }) => ports.filter(port => port === node.port).length > asked.length / 2)
  if (primary === undefined) throw new Error(`the sentinels name ${ports.map(port => port || 'nobody').join(', ')}`)
  return primary
}

/** The agreed primary, which accepts the role. */
export async function activePrimary(deployment: Deployment): Promise<RedisProcess> {
  const primary = await agreedPrimary(deployment)
  const [role] = (await primary.ask(['ROLE'])) as [string]
  if (role !== 'master') throw new Error(`${primary.node.port} has the role ${role}`)
  return primary
}

/** Every running data node follows the primary and is up to date enough to be served. */
export async function requireReplication(primary: RedisProcess, data: readonly RedisProcess[]): Promise<void> {
  const [role, , online] = (await primary.ask(['ROLE'])) as [string, number, [string, string, string][]]
  if (role !== 'master') throw new Error(`${primary.node.port} has the role ${role}`)
  for (const { node } of running(data)) {
    if (node === primary.node || online.some(([, port]) => port === String(node.port))) continue
    throw new Error(`replica ${node.port} is not online at ${primary.node.port}`)
  }
}

/** All running sentinels name one primary, and see all that runs as it is: nothing is down, unknown or on the wrong side. */
export async function requireAgreement(deployment: Deployment): Promise<void> {
  const primary = await activePrimary(deployment)
  await requireReplication(primary, deployment.data)
  const views = running(deployment.sentinels).map(sentinel => requireView(sentinel, primary, deployment))
  await Promise.all(views)
}

async function requireView(sentinel: RedisProcess, primary: RedisProcess, deployment: Deployment): Promise<void> {
  const { masterName } = deployment.settings
  const ask = async (what: string) => (await sentinel.ask(['SENTINEL', what, masterName])) as Reply[]
  const [master, replicas, sentinels] = await Promise.all([ask('master'), ask('replicas'), ask('sentinels')])
  const seen = [master, ...replicas, ...sentinels].map(entry => factsOf(entry as string[]))

  function requireSeen({ node }: RedisProcess, expected: Record<string, string>): void {
    const facts = seen.find(({ port }) => port === String(node.port))
    for (const [name, value] of Object.entries(expected)) {
      if (facts?.[name] === value) continue
      throw new Error(`sentinel ${sentinel.node.port} sees ${name} ${facts?.[name]} of ${node.port}, not ${value}`)
    }
  }
  requireSeen(primary, { flags: 'master' })
  for (const replica of running(deployment.data)) {
    if (replica === primary) continue
    requireSeen(replica, { flags: 'slave', 'master-link-status': 'ok', 'master-port': String(primary.node.port) })
  }
  for (const other of running(deployment.sentinels)) {
    if (other !== sentinel) requireSeen(other, { flags: 'sentinel' })
  }
}

/** Sentinels describe an instance by names and values in turn. */
function factsOf(entry: readonly string[]): Record<string, string | undefined> {
  return Object.fromEntries(entry.flatMap((name, at) => (at % 2 === 0 ? [[name, entry[at + 1]]] : [])))
}

export function running(processes: readonly RedisProcess[]): RedisProcess[] {
  return processes.filter(({ state }) => state === 'running')
}

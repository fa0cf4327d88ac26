/** What a deployment cannot guarantee, said once at the start (DESIGN 6.4). */
import { question, type Reply, type Sending } from './command.ts'
import type { SentinelView } from './sentinel-view.ts'

export type RedisWarning =
  | 'no-replica'
  | 'no-min-replicas'
  | 'evicting'
  | 'no-persistence'
  | 'few-sentinels'
  | 'down-after'

export interface Warning {
  code: RedisWarning
  message: string
}

export interface Deployment {
  views: readonly SentinelView[]
  budgetMs: number
  topology: 'sentinel' | 'standalone' | 'cluster'
  /** What the primary is set to, as far as it says. */
  settings: ReadonlyMap<string, string>
}

const SETTINGS = ['maxmemory', 'maxmemory-policy', 'min-replicas-to-write', 'appendonly', 'save']

/** Not everybody may ask for the configuration: what is refused stays unknown, and is not warned of. */
export async function askSettings(ask: (sending: Sending) => Promise<Reply>): Promise<Map<string, string>> {
  const answers = await Promise.allSettled(SETTINGS.map(name => ask(question(['CONFIG', 'GET', name]))))
  const settings = new Map<string, string>()
  for (const answer of answers) {
    if (answer.status === 'rejected') continue
    const [name, value] = answer.value as [Buffer, Buffer] | []
    if (name !== undefined) settings.set(String(name), String(value))
  }
  return settings
}

export function warningsOf({ views, budgetMs, settings, topology }: Deployment): Warning[] {
  const warnings: Warning[] = []
  const warn = (code: RedisWarning, message: string): void => void warnings.push({ code, message })
  if (views.every(({ replicas }) => replicas.length === 0)) {
    warn('no-replica', 'There is no replica: what the primary loses is lost, and nobody can take its place.')
  }
  const sentinels = Math.min(...views.map(view => view.sentinels))
  if (views.length > 0 && sentinels < 3) {
    const who = topology === 'cluster' ? 'nodes that serve slots' : 'Sentinels'
    warn(
      'few-sentinels',
      `There are ${sentinels} ${who}: with one of them lost there is no failover. Run at least three.`,
    )
  }
  const downAfterMs = Math.max(...views.map(view => view.downAfterMs))
  if (downAfterMs + SWITCH_MS > budgetMs) {
    const [who, setting] =
      topology === 'cluster' ? ['The cluster', 'cluster-node-timeout'] : ['Sentinel', 'down-after-milliseconds']
    const text = `${who} waits ${downAfterMs} ms before it fails over, and a request waits ${budgetMs} ms at the most`
    warn('down-after', `${text}: it gets a 503 first. Lower ${setting} or raise failoverBudget.`)
  }
  if (settings.get('min-replicas-to-write') === '0') {
    const text =
      'min-replicas-to-write is 0: a primary that was cut off goes on accepting writes of clients that do not look.'
    warn('no-min-replicas', text)
  }
  const policy = settings.get('maxmemory-policy') ?? 'noeviction'
  if (policy !== 'noeviction' && settings.get('maxmemory') !== '0') {
    warn('evicting', `The policy ${policy} drops sessions and tombstones when memory is full. Use noeviction.`)
  }
  if (settings.get('appendonly') === 'no' && settings.get('save') === '') {
    warn('no-persistence', 'Nothing is written to disk: a primary that restarts before a failover comes back empty.')
  }
  return warnings
}

/** From the failure of a primary that was noticed to the new one (docs/failover.md). */
const SWITCH_MS = 2_000

/** What the primary has done, from INFO: commands of visitors, bytes, those of its replicas apart, and the time of its main thread. */
import { Redis } from 'ioredis'

/** Those that watchers and connections send by themselves are left out. */
const OF_NOBODY = new Set([
  'info',
  'role',
  'ping',
  'hello',
  'client',
  'auth',
  'select',
  'replconf',
  'psync',
  'publish',
  'config',
  'subscribe',
])

export async function redisStats({ host, port }) {
  const client = new Redis(port, host)
  return {
    async stats() {
      const text = await client.info('everything')
      const number = name => Number(new RegExp(`^${name}:(\\d+(?:\\.\\d+)?)`, 'm').exec(text)?.[1] ?? 0)
      const commands = Object.fromEntries(
        [...text.matchAll(/^cmdstat_([\w|]+):calls=(\d+)/gm)].map(([, name, calls]) => [name, Number(calls)]),
      )
      const toReplicas = number('total_net_repl_output_bytes')
      return {
        commands,
        bytesIn: number('total_net_input_bytes'),
        bytesOut: number('total_net_output_bytes') - toReplicas,
        toReplicas,
        acknowledgements: commands.replconf ?? 0,
        bytesOfAck: bytesOfAck(number('master_repl_offset')),
        cpuUs: (number('used_cpu_sys_main_thread') + number('used_cpu_user_main_thread')) * 1e6,
      }
    },
    per(requests, before, after) {
      const share = name => (after[name] - before[name]) / requests
      const fromReplicas = share('acknowledgements') * after.bytesOfAck
      const calls = Object.entries(after.commands)
        .filter(([name]) => !OF_NOBODY.has(name))
        .map(([name, count]) => [name, (count - (before.commands[name] ?? 0)) / requests])
        .filter(([, count]) => count >= 0.005)
      return {
        commands: Object.fromEntries(calls),
        bytesIn: share('bytesIn') - fromReplicas,
        bytesOut: share('bytesOut'),
        bytesReplicas: share('toReplicas') + fromReplicas,
        cpuUs: share('cpuUs'),
      }
    },
    close: () => client.disconnect(),
  }
}

/** What a replica says when it is asked how far it is, which Redis counts as any input. */
function bytesOfAck(offset) {
  const digits = String(offset)
  return `*3\r\n$8\r\nREPLCONF\r\n$3\r\nACK\r\n$${digits.length}\r\n${digits}\r\n`.length
}

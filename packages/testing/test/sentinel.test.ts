import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseSavePath } from '@sentinel-session/core'
import {
  RedisError,
  type SentinelTrio,
  type SentinelTrioOptions,
  startSentinel,
} from '@sentinel-session/testing/sentinel'
import ts from 'typescript'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { layOut } from '../src/sentinel/deployment.ts'
import { findRedisServer } from '../src/sentinel/find-redis-server.ts'
import { freePorts } from '../src/sentinel/free-port.ts'
import { PortTakenError } from '../src/sentinel/redis-process.ts'
import { send } from '../src/sentinel/resp.ts'
import { settingsOf } from '../src/sentinel/sentinel-options.ts'
import { until } from '../src/sentinel/until.ts'

const started: SentinelTrio[] = []

/** A temporary folder of this file's own: what is left in it was left by us. */
const { TMPDIR } = process.env
const temporary = mkdtempSync(join(tmpdir(), 'sentinel-test-'))
beforeAll(() => {
  process.env.TMPDIR = temporary
})
afterAll(() => {
  if (TMPDIR === undefined) delete process.env.TMPDIR
  else process.env.TMPDIR = TMPDIR
  rmSync(temporary, { recursive: true })
})

async function start(options?: SentinelTrioOptions): Promise<SentinelTrio> {
  const trio = await startSentinel(options)
  started.push(trio)
  return trio
}

afterEach(async () => {
  for (const trio of started.splice(0)) await trio.stop()
})

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

async function writeToAll(trio: SentinelTrio, key: string, value: string): Promise<void> {
  const primary = await trio.currentPrimary()
  const replicas = await trio.replicas()
  expect(await trio.ask(primary, 'SET', key, value)).toBe('OK')
  await until('replication', 5000, async () => {
    for (const replica of replicas) expect(await trio.ask(replica, 'GET', key)).toBe(value)
  })
}

describe('startSentinel', () => {
  it('starts a primary that replicates, and sentinels that know everybody', async () => {
    const trio = await start()
    expect(trio.nodes).toHaveLength(3)
    expect(trio.sentinels).toHaveLength(3)
    expect(await trio.currentPrimary()).toBe(trio.nodes[0])
    expect(await trio.replicas()).toEqual(trio.nodes.slice(1))
    await writeToAll(trio, 'key', 'välue\r\n')
    for (const sentinel of trio.sentinelNodes) {
      expect(await trio.ask(sentinel, 'SENTINEL', 'CKQUORUM', 'mymaster')).toMatch(/^OK 3 usable Sentinels/)
    }
  })

  it('takes numbers, name and more configuration', async () => {
    const trio = await start({
      replicas: 1,
      sentinels: 1,
      downAfterMs: 700,
      masterName: 'other',
      nodeConfig: ['min-replicas-to-write 1'],
    })
    expect(trio.nodes).toHaveLength(2)
    expect(trio.masterName).toBe('other')
    expect(parseSavePath(trio.savePath)).toMatchObject({ masterName: 'other', sentinels: [{ host: '127.0.0.1' }] })
    const primary = await trio.currentPrimary()
    expect(await trio.ask(primary, 'CONFIG', 'GET', 'min-replicas-to-write')).toEqual(['min-replicas-to-write', '1'])
    const facts = (await trio.ask(trio.sentinelNodes[0]!, 'SENTINEL', 'MASTER', 'other')) as string[]
    expect(facts[facts.indexOf('down-after-milliseconds') + 1]).toBe('700')
  })

  it('refuses what it does not know or cannot do', async () => {
    await expect(startSentinel({ repicas: 1 } as SentinelTrioOptions)).rejects.toThrow('repicas')
    await expect(startSentinel({ sentinels: 0 })).rejects.toThrow('sentinels')
    await expect(startSentinel({ password: 'two words' })).rejects.toThrow('password')
  })

  it('tells why a server did not start, and leaves nothing behind', async () => {
    await expect(startSentinel({ nodeConfig: ['no-such-directive 1'] })).rejects.toThrow('no-such-directive')
    expect(readdirSync(temporary)).toEqual([])
  })

  it('protects data nodes and sentinels by passwords, also through a failover', async () => {
    const password = 'p@ss,w/rd:#?%'
    const trio = await start({ password, sentinelPassword: 's3cret' })
    const savePath = parseSavePath(trio.savePath)
    expect(savePath.password).toBe(password)
    expect(parseSavePath(trio.url)).toEqual(savePath)
    expect(parseSavePath(trio.url).password).toBe(password)
    const [data, sentinel] = [trio.nodes[0]!, trio.sentinelNodes[0]!]
    for (const node of [data, sentinel]) {
      const [reply] = await send(node, [['PING']])
      expect(String(reply)).toContain('NOAUTH')
      await expect(send(node, [['PING']], { password: 'wrong' })).rejects.toThrow('WRONGPASS')
    }
    await writeToAll(trio, 'key', 'value')
    const primary = await trio.failover()
    expect(await trio.ask(primary, 'GET', 'key')).toBe('value')
    await trio.settled()
  })
})

describe('faults', () => {
  it('promotes a replica that has the data when the primary is killed', async () => {
    const trio = await start()
    await writeToAll(trio, 'key', 'value')
    const dead = await trio.killPrimary()
    expect(isAlive(dead.pid)).toBe(false)
    expect(await trio.currentPrimary()).toBe(dead)
    const primary = await trio.waitForPrimaryChange(dead)
    expect(primary).not.toBe(dead)
    expect(await trio.ask(primary, 'GET', 'key')).toBe('value')
    expect(await trio.ask(primary, 'SET', 'key', 'newer')).toBe('OK')
    expect(await trio.replicas()).not.toContain(dead)
    await trio.settled()

    const pid = dead.pid
    await trio.restart(dead)
    expect(dead.pid).not.toBe(pid)
    await trio.settled()
    expect(await trio.ask(dead, 'GET', 'key')).toBe('newer')
    await expect(trio.ask(dead, 'SET', 'key', 'x')).rejects.toThrow(RedisError)
  })

  it('fails over on request, again and again', async () => {
    const trio = await start()
    await writeToAll(trio, 'key', 'value')
    for (let round = 0; round < 3; round++) {
      const former = await trio.currentPrimary()
      const primary = await trio.failover()
      expect(primary).not.toBe(former)
      expect(await trio.currentPrimary()).toBe(primary)
      expect(await trio.ask(primary, 'GET', 'key')).toBe('value')
      await trio.settled()
      expect(((await trio.ask(former, 'ROLE')) as string[])[0]).toBe('slave')
    }
  })

  it('pauses a primary until another takes over, and resumes it', async () => {
    const trio = await start()
    const paused = await trio.currentPrimary()
    await trio.pause(paused)
    await expect(trio.ask(paused, 'PING')).rejects.toThrow('did not answer')
    expect(isAlive(paused.pid)).toBe(true)
    const primary = await trio.waitForPrimaryChange(paused)
    expect(await trio.replicas()).toContain(paused)
    await trio.resume(paused)
    expect(await trio.ask(paused, 'PING')).toBe('PONG')
    await trio.settled()
    expect(await trio.currentPrimary()).toBe(primary)
  })

  it('keeps the primary over a pause below down-after', async () => {
    const trio = await start({ downAfterMs: 3000 })
    const primary = await trio.currentPrimary()
    await trio.pause(primary)
    await expect(trio.ask(primary, 'PING')).rejects.toThrow('did not answer')
    await trio.resume(primary)
    await trio.settled()
    expect(await trio.currentPrimary()).toBe(primary)
  })

  it('cuts a primary off from the other servers and not from its clients', async () => {
    const trio = await start({ proxied: true })
    const cut = await trio.currentPrimary()
    expect(cut.port).not.toBe(cut.listenPort)
    await writeToAll(trio, 'key', 'before')
    trio.isolate(cut)
    await expect(send(cut, [['PING']])).rejects.toThrow('did not answer')
    const primary = await trio.waitForPrimaryChange(cut)
    expect(await trio.ask(cut, 'SET', 'key', 'lost')).toBe('OK')
    expect(await trio.ask(primary, 'GET', 'key')).toBe('before')
    trio.rejoin(cut)
    await trio.settled()
    expect(await send(cut, [['GET', 'key']])).toEqual(['before'])
    expect(await trio.replicas()).toContain(cut)
  })

  it('works with one sentinel paused and, later, killed', async () => {
    const trio = await start()
    const sentinel = trio.sentinelNodes[0]!
    await trio.pause(sentinel)
    await trio.waitForPrimaryChange(await trio.killPrimary())
    await trio.kill(sentinel)
    expect(isAlive(sentinel.pid)).toBe(false)
    await trio.restart(sentinel)
    for (const node of trio.nodes) if (!isAlive(node.pid)) await trio.restart(node)
    await trio.settled()
  })

  it('restarts a node with its data or empty, at the same address', async () => {
    const trio = await start({ replicas: 0, sentinels: 1 })
    const [primary] = trio.nodes
    await trio.ask(primary!, 'SET', 'key', 'value')
    await trio.restart(primary!)
    expect(await trio.ask(primary!, 'GET', 'key')).toBe('value')
    await trio.restart(primary!, { empty: true })
    expect(await trio.ask(primary!, 'GET', 'key')).toBeNull()
  })

  it('finds after a crash only what the configuration made it write', async () => {
    const forgetful = await start({ replicas: 0, sentinels: 1 })
    const careful = await start({ replicas: 0, sentinels: 1, nodeConfig: ['appendonly yes', 'appendfsync always'] })
    for (const [trio, expected] of [[forgetful, null] as const, [careful, 'value'] as const]) {
      const primary = trio.nodes[0]!
      await trio.ask(primary, 'SET', 'key', 'value')
      await trio.restart(primary)
      await trio.kill(primary)
      await trio.restart(primary)
      expect(await trio.ask(primary, 'GET', 'key')).toBe(expected)
    }
  })

  it('lets the emptiness of a primary that restarts quickly spread to its replicas', async () => {
    const trio = await start({ downAfterMs: 5000 })
    await writeToAll(trio, 'key', 'value')
    const primary = await trio.currentPrimary()
    await trio.restart(primary, { empty: true })
    await trio.settled()
    expect(await trio.currentPrimary()).toBe(primary)
    for (const node of trio.nodes) expect(await trio.ask(node, 'GET', 'key')).toBeNull()
  })

  it('isolates nobody without proxies', async () => {
    const trio = await start()
    expect(() => trio.isolate(trio.nodes[0]!)).toThrow("see the option 'proxied'")
  })

  it('refuses nodes of others and signals to what does not run', async () => {
    const trio = await start({ replicas: 0, sentinels: 1 })
    const stranger = { host: '127.0.0.1', port: 1, listenPort: 1, pid: process.pid }
    await expect(trio.pause(stranger)).rejects.toThrow('no node')
    const dead = await trio.killPrimary()
    await expect(trio.pause(dead)).rejects.toThrow('not running')
    await expect(trio.resume(dead)).rejects.toThrow('not running')
    await expect(trio.ask(dead, 'PING')).rejects.toThrow()
    await expect(trio.settled({ timeoutMs: 50 })).rejects.toThrow('Waited 50 ms')
  })
})

describe('stop', () => {
  it('leaves no process, paused or not, and no file', async () => {
    const trio = await start()
    const pids = [...trio.nodes, ...trio.sentinelNodes].map(({ pid }) => pid)
    expect(new Set(pids).size).toBe(6)
    expect(pids.every(isAlive)).toBe(true)
    expect(readdirSync(temporary)).toHaveLength(1)
    await trio.pause(trio.nodes[1]!)
    await trio.pause(trio.sentinelNodes[1]!)
    await Promise.all([trio.stop(), trio.stop()])
    await trio[Symbol.asyncDispose]()
    expect(pids.filter(isAlive)).toEqual([])
    expect(readdirSync(temporary)).toEqual([])
    await expect(trio.restart(trio.nodes[0]!)).rejects.toThrow('stopped')
  })

  it('leaves nothing of a restart under way', async () => {
    const trio = await start()
    const restart = trio.restart(trio.nodes[0]!).catch((error: Error) => error.message)
    await trio.stop()
    await restart
    expect([...trio.nodes, ...trio.sentinelNodes].filter(({ pid }) => isAlive(pid))).toEqual([])
    expect(readdirSync(temporary)).toEqual([])
  })

  it('is made up for when the test process exits', async () => {
    const child = guarded('process.exitCode = 3')
    expect(await child.ended).toEqual([3, null])
    expect(child.output()).toBe('cleaned')
  })

  it('is made up for when the test process is told to end', async () => {
    const child = guarded('setInterval(() => {}, 1000); process.stdout.write("ready ")')
    await once(child.process.stdout, 'data')
    child.process.kill('SIGTERM')
    expect(await child.ended).toEqual([null, 'SIGTERM'])
    expect(child.output()).toBe('ready cleaned')
  })
})

/** A process of its own with the guard. */
function guarded(script: string) {
  const source = readFileSync(new URL('../src/sentinel/exit-guard.ts', import.meta.url), 'utf8')
  const { outputText } = ts.transpileModule(source, { compilerOptions: { module: ts.ModuleKind.ESNext } })
  const code = `${outputText}\nguardExit(() => process.stdout.write('cleaned'));\n${script}`
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.on('data', chunk => {
    output += chunk
  })
  return { process: child, ended: once(child, 'close'), output: () => output }
}

describe('the parts', () => {
  it('gives a server that never answers up in time', async () => {
    const silent = createServer().listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const { port } = silent.address() as { port: number }
    await expect(send({ host: '127.0.0.1', port }, [['PING']], { timeoutMs: 50 })).rejects.toThrow('within 50 ms')
    silent.close()
    await expect(send({ host: '127.0.0.1', port }, [['PING']])).rejects.toThrow('ECONNREFUSED')
  })

  it('reads replies that arrive byte by byte', async () => {
    const bytes = Buffer.from('*3\r\n$4\r\nä\r\n\r\n:-7\r\n*-1\r\n-ERR no\r\n+OK\r\n')
    const slow = createServer(async socket => {
      socket.setNoDelay()
      for (const byte of bytes) {
        socket.write(Buffer.of(byte))
        await new Promise(setImmediate)
      }
    }).listen(0, '127.0.0.1')
    await once(slow, 'listening')
    const address = { host: '127.0.0.1', port: (slow.address() as { port: number }).port }
    const replies = await send(address, [['A'], ['B'], ['C']])
    expect(replies).toEqual([['ä\r\n', -7, null], new RedisError('ERR no'), 'OK'])
    slow.close()
  })

  it('finds distinct ports', async () => {
    expect(new Set(await freePorts(50)).size).toBe(50)
  })

  it('tells a port that another process was faster to take from other failures', async () => {
    const deployment = await layOut(findRedisServer(), settingsOf({ replicas: 0, sentinels: 1 }))
    const other = createServer().listen(deployment.data[0].node.port, '127.0.0.1')
    await once(other, 'listening')
    await expect(deployment.data[0].start()).rejects.toThrow(PortTakenError)
    other.close()
    await deployment.end()
  })

  it('finds the server program by variable and path, or says how to install one', () => {
    expect(findRedisServer({ REDIS_SERVER_BIN: process.execPath })).toBe(process.execPath)
    expect(() => findRedisServer({ REDIS_SERVER_BIN: '/nowhere' })).toThrow('/nowhere')
    expect(() => findRedisServer({ PATH: '/nowhere' })).toThrow('apt-get install')
  })
})

import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { AskedNode } from './asked-node.ts'

const sockets: Socket[] = []
/** Greets, and never answers a question. */
const frozen = createServer(socket => {
  sockets.push(socket)
  socket.on('data', data => !data.includes('PING') && socket.write('+OK\r\n'))
})
const warnings: Error[] = []
const note = (warning: Error): number => warnings.push(warning)
afterEach(() => {
  process.off('warning', note)
  for (const socket of sockets) socket.destroy()
  frozen.close()
})

it('that is frozen is hung up once, however many ask at the same time', async () => {
  process.on('warning', note)
  await once(frozen.listen(0, '127.0.0.1'), 'listening')
  const { port } = frozen.address() as { port: number }
  const node = new AskedNode({
    address: { host: '127.0.0.1', port },
    login: {},
    begin: async redis => async () => String(await redis.call('PING')),
    lost: () => {},
  })
  await Promise.all(Array.from({ length: 20 }, () => node.ask()))
  expect([node.view, node.error]).toEqual([undefined, expect.any(Error)])
  await new Promise(resolve => setImmediate(resolve))
  expect(warnings).toEqual([])
  node.close()
})

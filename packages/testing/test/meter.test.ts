/** The meter between a client and a real node. */
import { type Meter, type SentinelTrio, startMeter, startSentinel } from '@sentinel-session/testing/sentinel'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { send } from '../src/sentinel/resp.ts'

let trio: SentinelTrio
let meter: Meter
beforeAll(async () => {
  trio = await startSentinel({ replicas: 0, sentinels: 1 })
  meter = await startMeter(await trio.currentPrimary())
})
afterAll(async () => {
  await meter?.stop()
  await trio?.stop()
})

const bytes = (...lines: string[]): number => lines.map(line => `${line}\r\n`).join('').length

it('counts commands in their order, and the bytes in both directions', async () => {
  const traffic = await meter.during(() =>
    send(meter, [
      ['SET', 'a', '12345'],
      ['get', 'a'],
    ]),
  )
  expect(traffic).toEqual({
    commands: ['set', 'get'],
    roundTrips: 1,
    bytesSent: bytes('*3', '$3', 'SET', '$1', 'a', '$5', '12345') + bytes('*2', '$3', 'get', '$1', 'a'),
    bytesReceived: bytes('+OK') + bytes('$5', '12345'),
  })
})

it('counts as a round trip what was sent after an answer', async () => {
  const { roundTrips } = await meter.during(async () => {
    await send(meter, [
      ['GET', 'a'],
      ['PTTL', 'a'],
    ])
    await send(meter, [['GET', 'a']])
  })
  expect(roundTrips).toBe(2)
})

it('counts neither what opens a connection nor heartbeats, but a ROLE behind a WAIT', async () => {
  const alone = await meter.during(() => send(meter, [['HELLO', '3'], ['ROLE'], ['GET', 'a'], ['ROLE']]))
  expect([alone.commands, alone.bytesSent]).toEqual([['get'], bytes('*2', '$3', 'GET', '$1', 'a')])
  const behind = await meter.during(() => send(meter, [['WAIT', '0', '1'], ['ROLE']]))
  expect(behind.commands).toEqual(['wait', 'role'])
})

it('counts nothing of what came before', async () => {
  await send(meter, [['GET', 'a']])
  expect(await meter.during(async () => {})).toEqual({ commands: [], roundTrips: 0, bytesSent: 0, bytesReceived: 0 })
})

it('waits for what is under way, also when nobody else does', async () => {
  let answer: unknown
  const { commands, bytesReceived } = await meter.during(async () => {
    answer = send(meter, [['GET', 'a']])
  })
  expect([commands, bytesReceived]).toEqual([['get'], bytes('$5', '12345')])
  expect(await answer).toEqual(['12345'])
})

import { expect, it } from 'vitest'
import { parseRole } from './role.ts'

it.each<[string, unknown, unknown]>([
  [
    'a primary',
    [Buffer.from('master'), 50, [[Buffer.from('10.0.0.2'), Buffer.from('6380'), Buffer.from('42')]]],
    { role: 'primary', offset: 50, replicas: [{ name: '10.0.0.2:6380', offset: 42 }] },
  ],
  [
    'a replica',
    ['slave', '10.0.0.1', 6379, 'connected', 42],
    { role: 'replica', of: '10.0.0.1:6379', isConnected: true },
  ],
  [
    'a replica in a resync',
    ['slave', '10.0.0.1', 6379, 'sync', -1],
    { role: 'replica', of: '10.0.0.1:6379', isConnected: false },
  ],
  ['a Sentinel', ['sentinel', ['mymaster']], { role: 'other' }],
])('ROLE of %s', (_, reply, expected) => expect(parseRole(reply)).toEqual(expected))

import { describe, expect, it } from 'vitest'
import { essenceOf, parseNodes } from './cluster-view.ts'

const [A, B, C, D] = ['a', 'b', 'c', 'd'].map(digit => digit.repeat(40)) as [string, string, string, string]
const text = [
  `${A} 10.0.0.1:6379@16379,one.example,shard-id=1 myself,master - 0 1700000000000 7 connected 0-5460 9 [12->-${B}]`,
  `${B} 10.0.0.2:6379@16379 master,fail? - 1700000000000 1700000000000 3 connected 5461-10922`,
  `${C} ::1:6379@16379, slave,fail ${A} 0 1700000000000 7 disconnected`,
  `${D} :0@0 slave,noaddr ${A} 0 1700000000000 7 disconnected`,
  '',
].join('\n')

describe('what a node says about its cluster', () => {
  it('has each node with its role, its epoch and its slots', () => {
    const slots = [
      [0, 5460],
      [9, 9],
    ]
    expect(parseNodes(text, '127.0.0.1')).toEqual({
      self: A,
      nodes: [
        { id: A, name: '10.0.0.1:6379', hostname: 'one.example', of: undefined, epoch: 7, isDown: false, slots },
        { id: B, name: '10.0.0.2:6379', of: undefined, epoch: 3, isDown: true, slots: [[5461, 10922]] },
        { id: C, name: '::1:6379', of: A, epoch: 7, isDown: true, slots: [] },
      ],
    })
  })

  it('has the address where it was asked for a node that has never been told its own', () => {
    const { nodes } = parseNodes(`${A} :7000@17000 myself,master - 0 0 0 connected`, '10.0.0.9')
    expect(nodes).toMatchObject([{ name: '10.0.0.9:7000', slots: [] }])
  })

  it('is the same as before when only the times of its pings differ', () => {
    expect(essenceOf(text.replaceAll('1700000000000', '1700000001234'))).toBe(essenceOf(text))
    expect(essenceOf(text.replace('5461-10922', '5461-10921'))).not.toBe(essenceOf(text))
    expect(essenceOf(text.replace(' 3 connected', ' 4 connected'))).not.toBe(essenceOf(text))
  })
})

import { describe, expect, it } from 'vitest'
import { slotOf } from './key-slot.ts'

/** As `CLUSTER KEYSLOT` of Redis 7.0 answers. */
describe('the slot of a key', () => {
  it.each([
    ['', 0],
    ['123456789', 12_739],
    ['foo', 12_182],
    ['{foo}bar', 12_182],
    ['a{foo}{bar}', 12_182],
    ['{foo', 13_308],
    ['foo{}{bar}', 8_363],
    ['foo{{bar}}', 4_015],
    ['é', 10_180],
  ])('%j is in slot %i', (key, slot) => expect(slotOf(key)).toBe(slot))
})

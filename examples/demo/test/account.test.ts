import { describe, expect, it } from 'vitest'
import { createAccount } from '../src/contest/account.mjs'

describe('the account of a contestant', () => {
  it('has lost what was acknowledged and is not in the store', () => {
    const account = createAccount(2)
    const [ada, eve] = account.users
    answer(account, ada, [1, 2, 3])
    const result = account.follow()
    answer(account, ada, [4, 5, 6, 4])
    answer(account, eve, [1, 2])
    expect(result()).toMatchObject({ acknowledged: 6, lost: 3, errors: 0 })
  })

  it('takes a session that begins anew for a lost one', () => {
    const account = createAccount(1)
    answer(account, account.users[0], [1, 2, 3])
    const result = account.follow()
    answer(account, account.users[0], [1])
    expect(result()).toMatchObject({ acknowledged: 1, lost: 3 })
  })

  it('has nothing against an update that was stored though its request failed', () => {
    const account = createAccount(1)
    const result = account.follow()
    answer(account, account.users[0], [1])
    account.fail()
    answer(account, account.users[0], [3])
    expect(result()).toMatchObject({ acknowledged: 2, lost: 0, errors: 1 })
    answer(account, account.users[0], [3])
    expect(result()).toMatchObject({ acknowledged: 3, lost: 1, errors: 1 })
  })

  it('gives each second once, and null for times that there are not', () => {
    const account = createAccount(1)
    answer(account, account.users[0], [1, 2])
    expect(account.takeSecond()).toEqual({ requests: 2, p50: 5, p99: 5, errors: 0 })
    expect(account.takeSecond()).toEqual({ requests: 0, p50: null, p99: null, errors: 0 })
  })
})

function answer(account: ReturnType<typeof createAccount>, user: unknown, counts: number[]): void {
  for (const count of counts) account.acknowledge(user, count, 5)
}

/** Sentinels look around every ten seconds. While nothing is left to be tested, they may as well do it faster. */
import { running } from './agreement.ts'
import type { RedisProcess } from './redis-process.ts'

/** Milliseconds: how often they send INFO, and a quarter of how long they let a former primary be before they demote it. */
const USUAL = { 'info-period': 10_000, 'publish-period': 2000 }
const HASTY = { 'info-period': 500, 'publish-period': 500 }

/** The usual periods are back when it settles. Servers before 7.0 cannot be hurried; they get there all the same. */
export async function inHaste<T>(sentinels: readonly RedisProcess[], work: () => Promise<T>): Promise<T> {
  await setPeriods(sentinels, HASTY)
  try {
    return await work()
  } finally {
    await setPeriods(sentinels, USUAL)
  }
}

async function setPeriods(sentinels: readonly RedisProcess[], periods: Record<string, number>): Promise<void> {
  const command = ['SENTINEL', 'DEBUG', ...Object.entries(periods).flat().map(String)]
  await Promise.allSettled(running(sentinels).map(sentinel => sentinel.ask(command)))
}

/** One user who counts up in a session, over HTTP, about every tenth of a second, and remembers how far the answers said to be. */
import { setTimeout as sleep } from 'node:timers/promises'

const BETWEEN_MS = 100
const PATIENCE_MS = 30_000

export async function runUser({ origin, path, account, user, load }) {
  let cookie = ''
  while (!load.isStopped) {
    // Not all in step.
    await sleep(BETWEEN_MS * (0.75 + Math.random() / 2))
    if (!load.isOn) continue
    const begin = performance.now()
    try {
      const answer = await fetch(origin + path, {
        method: 'POST',
        headers: { Origin: origin, Cookie: cookie },
        signal: AbortSignal.timeout(PATIENCE_MS),
      })
      const text = await answer.text()
      cookie = answer.headers.getSetCookie()[0]?.split(';')[0] ?? cookie
      if (answer.ok) account.acknowledge(user, Number(text), performance.now() - begin)
      else account.fail()
    } catch {
      if (!load.isStopped) account.fail()
    }
  }
}

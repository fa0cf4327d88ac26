/** Records of ours that no plain login leaves: of a user, of one with ten sessions, and of a session that was ended. */
import { redisSentinelProvider } from '@sentinel-session/redis'
import { logIn } from '../log-in.mjs'

export const boundSession = (deployment, values) => stored(deployment, values, 1)
export const boundToTen = (deployment, values) => stored(deployment, values, 10)

export async function tombstone(deployment, values) {
  const provider = redisSentinelProvider(deployment)
  const session = await logIn(provider, values)
  await provider.sessionDestroy(session.sessionId())
  await provider.close()
}

/** Answers how many. */
async function stored(deployment, values, count) {
  const provider = redisSentinelProvider(deployment)
  for (let n = 0; n < count; n += 1) await logIn(provider, values, 'u-1842')
  await provider.close()
  return count
}

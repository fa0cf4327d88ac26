/** Records of ours that no plain login leaves: of a user, of one with ten sessions, and of a session that was ended. */
import { redisSentinelProvider } from '@sentinel-session/redis'

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

/** A session with these values, of a user where one is named. */
export async function logIn(provider, values, userId) {
  const session = await provider.sessionRead('')
  for (const [key, value] of Object.entries(values)) session.set(key, value)
  if (userId !== undefined) session.bind(userId)
  await session.save()
  return session
}

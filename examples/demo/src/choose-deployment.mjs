import { findRedisServer } from '@sentinel-session/testing/sentinel'
import { createMemoryDeployment } from './memory-deployment.mjs'
import { startSentinelDeployment } from './sentinel-deployment.mjs'

/** Real Redis where there is one. Without, the demo still runs, and says what it cannot show. */
export async function chooseDeployment(timeline) {
  const missing = whyNoRedis()
  if (missing === undefined) return startSentinelDeployment(timeline)
  console.log(
    `No Redis was found, so sessions live in this process' memory and there is no primary to kill.\n${missing}`,
  )
  return createMemoryDeployment()
}

function whyNoRedis() {
  try {
    findRedisServer()
    return undefined
  } catch (error) {
    // One that was named and does not run is a mistake to mend, not a machine without Redis.
    if (process.env.REDIS_SERVER_BIN) throw error
    return error.message
  }
}

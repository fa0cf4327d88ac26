/** A Worker with TCP and the modules of Node: a connection to Redis for each request. */
import { redisSentinelProvider } from '@sentinel-session/redis'
import { appWith } from './worker-app.mjs'

// biome-ignore lint/style/noDefaultExport: workerd asks for it
export default appWith(({ env }) => redisSentinelProvider({ savePath: env.SAVE_PATH }))

/** A Worker without TCP and without Node: sessions by way of a gateway. */
import { createProvider } from '@sentinel-session/core'
import { gatewayBackend } from '@sentinel-session/gateway/client'
import { appWith } from './worker-app.mjs'

// biome-ignore lint/style/noDefaultExport: workerd asks for it
export default appWith(({ env }) => createProvider(gatewayBackend({ url: env.GATEWAY_URL, keys: [env.GATEWAY_KEY] })))

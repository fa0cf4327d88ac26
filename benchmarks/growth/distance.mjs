/** Between the servers and the primary, in a process of its own: `node distance.mjs <port>`. It waits as long as it is told, each way. */
import { startProxy } from '@sentinel-session/testing/sentinel'

const proxy = await startProxy({ port: Number(process.argv[2]) })
process.on('message', ms => {
  proxy.delay(ms)
  process.send('done')
})
process.on('disconnect', () => process.exit())
process.send({ host: proxy.host, port: proxy.port })

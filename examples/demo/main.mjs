/** Starts the deployment and the app, says where they are, and ends them on Ctrl-C. */
import { createServer } from 'node:http'
import { createApp } from './src/app.mjs'
import { chooseDeployment } from './src/choose-deployment.mjs'
import { listen } from './src/listen.mjs'
import { onStop } from './src/on-stop.mjs'
import { createTimeline } from './src/timeline.mjs'

const secure = process.env.SECURE_COOKIE !== 'false'
const timeline = createTimeline()
const stops = onStop()

const deployment = await chooseDeployment(timeline)
stops.add(() => deployment.stop())

const sessions = deployment.createSessions({ cookie: { secure } })
stops.add(() => sessions.close())
await sessions.ready()

const server = createServer(createApp({ deployment, sessions, timeline }).callback())
const port = await listen(server, process.env.PORT)
stops.add(() => {
  server.close()
  // A request that waits for a dead primary, or a browser that keeps its connection, must not hold up the end.
  server.closeAllConnections()
})

if (deployment.contest) {
  deployment.contest.start(`http://127.0.0.1:${port}`)
  stops.add(() => deployment.contest.stop())
}

console.log(`\nOpen http://localhost:${port} (Ctrl-C ends everything that was started)`)
if (secure) {
  console.log('Safari drops Secure cookies on plain http; for Safari, start this with SECURE_COOKIE=false.')
}
stops.ready()

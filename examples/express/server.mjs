import { redisSentinelSession } from '@sentinel-session/express'
import express from 'express'

const savePath = process.env.SAVE_PATH ?? '10.0.0.1:26379;10.0.0.2:26379,100,secret,0,mymaster'
const sessions = redisSentinelSession({ savePath })
const app = express()

app.use(sessions)
app.post('/login', (req, res) => {
  req.session.regenerate({ keep: ['views'] })
  req.session.set('user', 'ada')
  res.redirect('/')
})
app.post('/logout', async (req, res) => {
  await req.session.destroy()
  res.json({ user: null })
})
app.get('/', (req, res) => {
  req.session.update('views', views => (views ?? 0) + 1)
  res.json(req.session.data)
})

await sessions.ready()
const port = process.env.PORT ?? 3000
const server = app.listen(port, () => console.log(`http://localhost:${port}`))
process.once('SIGTERM', () => server.close(() => sessions.close()))

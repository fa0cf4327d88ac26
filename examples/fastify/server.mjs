import { redisSentinelSession } from '@sentinel-session/fastify'
import Fastify from 'fastify'

const savePath = process.env.SAVE_PATH ?? '10.0.0.1:26379;10.0.0.2:26379,100,secret,0,mymaster'
const app = Fastify()

await app.register(redisSentinelSession, { savePath })

app.get('/', async ({ session }) => {
  session.update('views', views => (views ?? 0) + 1)
  return { ...session.data }
})
app.post('/login', async ({ session }, reply) => {
  session.regenerate({ keep: ['views'] })
  session.set('user', 'ada')
  return reply.redirect('/')
})
app.post('/logout', async ({ session }) => {
  await session.destroy()
  return { user: null }
})

const port = Number(process.env.PORT ?? 3000)
await app.listen({ port })
console.log(`http://localhost:${port}`)
process.once('SIGTERM', () => app.close())

/** One session, several frameworks: log in on one, be logged in on all. */
import { once } from 'node:events'
import { startExpress } from './express.mjs'
import { startFastify } from './fastify.mjs'
import { startHono } from './hono.mjs'
import { startKoa } from './koa.mjs'

const savePath = process.env.SAVE_PATH ?? '10.0.0.1:26379;10.0.0.2:26379,100,secret,0,mymaster'
const starts = [startKoa, startHono, startExpress, startFastify]
const servers = await Promise.all(starts.map(start => start(savePath)))
for (const server of servers) if (!server.listening) await once(server, 'listening')
console.log(servers.map(server => `http://localhost:${server.address().port}/`).join(' '))

/** One contestant as a process of its own: `node serve.mjs koa ours`. Tells its port, and what it has cost when it is asked. */
const [framework, kind] = process.argv.slice(2)
const { start } = await import(`./servers/${framework}.mjs`)
const port = await start(kind)
process.on('message', () => process.send({ cpu: process.cpuUsage(), memory: process.memoryUsage() }))
process.on('disconnect', () => process.exit())
process.send({ port })

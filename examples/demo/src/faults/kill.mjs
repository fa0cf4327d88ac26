/** kill -9. Nothing is on disk, so the node comes back empty, and only once it is no primary any more. */
export const kill = {
  label: 'Kill',
  async begin(trio, primary) {
    await trio.kill(primary)
    return `kill -9 ${primary.pid}: the primary :${primary.port} is dead.`
  },
  async end(trio, primary) {
    await trio.waitForPrimaryChange(primary)
    await trio.restart(primary)
  },
}

/** What this process and the providers in it hold right now. */

/** Needs `node --expose-gc`. */
export async function footprint(providers) {
  const reports = providers.map(provider => provider.report())
  const sum = of => reports.reduce((total, report) => total + of(report), 0)
  return {
    sockets: count('TCPSocketWrap') + count('TCPConnectWrap'),
    timers: count('Timeout'),
    heap: await heap(),
    lanes: sum(({ lanes }) => lanes),
    waiting: sum(({ waiting }) => waiting),
    entries: sum(({ journal }) => journal.entries),
    bytes: sum(({ journal }) => journal.bytes),
  }
}

function count(type) {
  return process.getActiveResourcesInfo().filter(each => each === type).length
}

/** What finalizers let go of is gone with the second collection. */
async function heap() {
  globalThis.gc()
  await new Promise(resolve => setImmediate(resolve))
  globalThis.gc()
  return process.memoryUsage().heapUsed
}

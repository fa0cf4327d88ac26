/** What Redis has taken for all that it holds. */
export async function usedMemory(client) {
  return Number(/used_memory:(\d+)/.exec(await client.info('memory'))[1])
}

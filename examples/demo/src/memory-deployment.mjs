/** No Redis: sessions in memory, nothing to kill. */
import { createProvider, memoryBackend } from '@sentinel-session/core'
import { session } from '@sentinel-session/koa'

export function createMemoryDeployment() {
  const provider = createProvider(memoryBackend())
  return {
    kind: 'memory',
    actions: {},
    contest: null,
    createSessions: options => session({ ...options, provider }),
    status: async () => null,
    async readRecord(key) {
      const record = await provider.backend.read(key)
      if (record === null || record === 'retired') return null
      return { value: JSON.stringify(record), ttlMs: record.expiresAt - Date.now() }
    },
    stop: () => provider.close(),
  }
}

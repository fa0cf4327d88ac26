/** `import '@sentinel-session/redis/register'` makes Beego's provider names known to `newManager`, as Go's blank import does. */
import { registerProvider } from '@sentinel-session/core'
import { initiatedProvider } from './redis-sentinel-provider.ts'

for (const name of ['redis_sentinel', 'redis', 'redis_cluster'] as const) {
  registerProvider(name, (storage, onEvent) => initiatedProvider(name, storage, onEvent))
}

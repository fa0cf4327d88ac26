/** `import '@sentinel-session/redis/register'` makes Beego's provider names known to `newManager`, as Go's blank import does. */
import { registerProvider } from '@sentinel-session/core'
import { initiatedProvider } from './redis-sentinel-provider.ts'

registerProvider('redis_sentinel', storage => initiatedProvider('redis_sentinel', storage))
registerProvider('redis', storage => initiatedProvider('redis', storage))
registerProvider('redis_cluster', storage => initiatedProvider('redis_cluster', storage))

/** A server of the deployment, as tests see it. */
import type { Address } from '@sentinel-session/core'

/** One object per server for the life of the deployment, so `toBe` compares them; its address never changes. */
export interface TestNode extends Address {
  /** Of the process that runs at this address, or ran last: another one after `restart()`. */
  pid: number
  /** Where the process itself listens: `port`, unless that is a proxy's because the deployment is `proxied`. */
  readonly listenPort: number
}

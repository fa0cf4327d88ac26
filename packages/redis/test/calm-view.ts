/** What a Sentinel says while nothing happens, for tests to change. */
import type { SentinelView } from '../src/sentinel-view.ts'

export const calmView: SentinelView = {
  primary: '10.0.0.1:6379',
  epoch: 3,
  isSwitching: false,
  isFailingOver: false,
  isPrimaryDown: false,
  downAfterMs: 1000,
  sentinels: 3,
  replicas: [],
}

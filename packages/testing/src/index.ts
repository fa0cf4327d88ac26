export type { BackendSubject, Runner } from './backend-contract/subject.ts'
export { backendContract } from './backend-contract.ts'
export { fakeClock } from './fake-clock.ts'

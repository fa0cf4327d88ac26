/** For places without TCP: Web APIs alone, no `node:` and no ioredis. */
export { type GatewayBackend, type GatewayBackendOptions, gatewayBackend } from './gateway-backend.ts'

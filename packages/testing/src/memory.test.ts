import { memoryBackend } from '@sentinel-session/core'
import { describe, it } from 'vitest'
import { backendContract } from './backend-contract.ts'

backendContract({ describe, it }, { name: 'memory', create: clock => memoryBackend({ clock }) })

import { createRequire } from 'node:module'
import { redisSentinelProvider } from '@sentinel-session/redis'
import { adapterContract, type RunningApp, type Scenario } from '@sentinel-session/testing'
import { costContract } from '@sentinel-session/testing/sentinel'
import express from 'express'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { appOf } from './support/express-app.ts'
import { nodeApp } from './support/node-app.ts'
import { serve } from './support/serve.ts'

const express4: typeof express = createRequire(import.meta.url)('express4')

adapterContract(
  { describe, it },
  { name: 'express 5', start: scenario => serve(appOf(express, scenario) as unknown as Parameters<typeof serve>[0]) },
)
adapterContract(
  { describe, it },
  { name: 'express 4', start: scenario => serve(appOf(express4, scenario) as unknown as Parameters<typeof serve>[0]) },
)
adapterContract({ describe, it }, { name: 'node:http', start: scenario => serve(nodeApp(scenario)) })

const start = (scenario: Scenario): Promise<RunningApp> =>
  serve(appOf(express, scenario) as unknown as Parameters<typeof serve>[0])
costContract({ describe, it, beforeAll, afterAll }, { name: 'express', start, provider: redisSentinelProvider })

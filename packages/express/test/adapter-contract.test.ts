import { createRequire } from 'node:module'
import { adapterContract } from '@sentinel-session/testing'
import express from 'express'
import { describe, it } from 'vitest'
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

/** The deployment of a measurement: that the machine was busy for some seconds must be no reason for another primary. */
import { startSentinel } from '@sentinel-session/testing/sentinel'

export const startSteadySentinel = () => startSentinel({ downAfterMs: 30_000 })

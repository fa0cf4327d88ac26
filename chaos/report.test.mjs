import { expect, it } from 'vitest'
import { reportOf } from './report.mjs'

const request = (who, start, end, failure) => ({ who, kind: '/count', start, end, failure })
const run = facts => ({ requests: [], struckAt: 1000, endedAt: 20_000, switches: [], ...facts })

it('counts requests, failures by kind, and those that hung', () => {
  const requests = [
    request(1, 0, 10),
    request(1, 1000, 6001),
    request(1, 6100, 26_100, 'TIMEOUT'),
    request(2, 1000, 1001, '503'),
    request(2, 1100, 1101, '503'),
  ]
  const { errors, hung, longestRequestMs, ...rest } = reportOf(run({ requests }))
  expect(rest.requests).toBe(5)
  expect(errors).toEqual({ TIMEOUT: 1, 503: 2 })
  expect([hung, longestRequestMs]).toEqual([2, 20_000])
})

it('measures the longest pause of one user, not of all together', () => {
  const requests = [request(1, 0, 100), request(2, 1900, 2000), request(1, 4000, 4100), request(2, 19_000, 19_500)]
  expect(reportOf(run({ requests })).longestPauseMs).toBe(17_500)
})

it('lets the pause of a user who gets no answer any more last until the end', () => {
  const requests = [request(1, 0, 100), request(1, 5000, 5001, 'ECONNRESET'), request(2, 19_000, 19_990)]
  expect(reportOf(run({ requests })).longestPauseMs).toBe(19_900)
})

it('takes for the first success after the fault only what began after it', () => {
  const requests = [
    request(1, 990, 1010),
    request(2, 1005, 3500),
    request(1, 1100, 3400),
    request(1, 1010, 1020, '500'),
  ]
  expect(reportOf(run({ requests })).firstSuccessMs).toBe(2400)
})

it('measures from the first switch after the fault to the first answer, whenever it was asked', () => {
  const requests = [request(1, 1100, 3300), request(1, 3350, 3400)]
  const switches = [{ at: 3200 }, { at: 15_000 }]
  expect(reportOf(run({ requests, switches }))).toMatchObject({ switchMs: 2200, afterSwitchMs: 100, switches: 2 })
})

it('has no figure where there is nothing to measure', () => {
  const report = reportOf(run({ requests: [request(1, 0, 10)] }))
  expect([report.firstSuccessMs, report.switchMs, report.afterSwitchMs]).toEqual([undefined, undefined, undefined])
})

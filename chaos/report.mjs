/** What the users of one run went through, as numbers. All times in milliseconds. */

const HUNG_MS = 5000

/**
 * @param {object} run
 * @param {{ who: number, kind: string, start: number, end: number, failure: string | undefined }[]} run.requests
 * @param {number} run.struckAt When the fault began.
 * @param {number} run.endedAt When the users stopped.
 * @param {{ at: number }[]} run.switches
 */
export function reportOf({ requests, struckAt, endedAt, switches }) {
  const successes = requests.filter(({ failure }) => failure === undefined)
  const afterwards = successes.filter(({ start }) => start >= struckAt)
  const switchedAt = switches.find(({ at }) => at >= struckAt)?.at
  const sinceSwitch = switchedAt === undefined ? [] : successes.filter(({ end }) => end >= switchedAt)
  return {
    requests: requests.length,
    errors: countBy(requests.flatMap(({ failure }) => failure ?? [])),
    hung: requests.filter(({ start, end }) => end - start > HUNG_MS).length,
    longestPauseMs: longestPause(successes, endedAt),
    longestRequestMs: most(requests.map(({ start, end }) => end - start)),
    firstSuccessMs: until(struckAt, afterwards),
    switchMs: switchedAt === undefined ? undefined : Math.round(switchedAt - struckAt),
    afterSwitchMs: until(switchedAt, sinceSwitch),
    switches: switches.length,
  }
}

/** The longest time that any user was without a success; one who never gets another waits until the end. */
function longestPause(successes, endedAt) {
  const users = [...new Set(successes.map(({ who }) => who))]
  const endsOf = user => successes.filter(({ who }) => who === user).map(({ end }) => end)
  return most(users.map(user => longestGap([...endsOf(user), endedAt].toSorted((a, b) => a - b))))
}

const longestGap = times => most(times.slice(1).map((time, at) => time - times[at]))

function until(from, successes) {
  if (successes.length === 0) return undefined
  return Math.round(successes.reduce((first, { end }) => Math.min(first, end), Infinity) - from)
}

const most = values => Math.round(values.reduce((a, b) => Math.max(a, b), 0))

function countBy(names) {
  const counts = {}
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1
  return counts
}

/** What one contestant answered, as its users saw it: kept apart from the store, to be held against it. */

export function createAccount(size) {
  const users = Array.from({ length: size }, newUser)
  let second = newSecond()
  let errors = 0

  return {
    users,

    /** A good answer to a request that began `ms` ago: from now on this user has been promised one update more. */
    acknowledge(user, stored, ms) {
      const now = performance.now()
      user.acknowledged += 1
      user.stored = stored
      user.confirmedSince = now - ms
      user.longestPauseMs = Math.max(user.longestPauseMs, now - user.answeredAt)
      user.answeredAt = now
      second.times.push(ms)
    },

    fail() {
      second.errors += 1
      errors += 1
    },

    /** What happened since it was last asked. */
    takeSecond() {
      const { times, errors } = second
      second = newSecond()
      times.sort((a, b) => a - b)
      return { requests: times.length, p50: quantile(times, 0.5), p99: quantile(times, 0.99), errors }
    },

    /** From here on, for a comparison; a function that says what has come together, as often as it is called. */
    follow() {
      const start = performance.now()
      const errorsBefore = errors
      const before = users.map(({ acknowledged, stored }) => ({ acknowledged, stored }))
      for (const user of users) Object.assign(user, { longestPauseMs: 0, answeredAt: start })
      return () => {
        const now = performance.now()
        const gained = (name, at) => users[at][name] - before[at][name]
        return {
          acknowledged: sum(users.map((_, at) => gained('acknowledged', at))),
          lost: sum(users.map((_, at) => Math.max(0, gained('acknowledged', at) - gained('stored', at)))),
          errors: errors - errorsBefore,
          longestPauseMs: Math.max(...users.map(user => Math.max(user.longestPauseMs, now - user.answeredAt))),
        }
      }
    },
  }
}

function newUser() {
  return {
    acknowledged: 0,
    /** The count in the last good answer: one more than what was found in the store. */
    stored: 0,
    /** When the last request with a good answer began; ms, as `performance.now` counts. */
    confirmedSince: 0,
    answeredAt: performance.now(),
    longestPauseMs: 0,
  }
}

function newSecond() {
  return { times: [], errors: 0 }
}

/** In ms, to the hundredth; null when there is none. */
function quantile(sorted, share) {
  if (sorted.length === 0) return null
  const time = sorted[Math.ceil(sorted.length * share) - 1]
  return Math.round(time * 100) / 100
}

const sum = numbers => numbers.reduce((total, number) => total + number, 0)

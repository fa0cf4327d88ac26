/** What one contestant answered, as its users saw it: kept apart from the store, to be held against it. */

export function createAccount(size) {
  const users = Array.from({ length: size }, newUser)
  let second = newSecond()
  let errors = 0

  const total = name => users.reduce((sum, user) => sum + user[name], 0)

  return {
    users,

    /**
     * A good answer to a request that began `ms` ago, and the count that it says is stored now: at least one more than the last
     * good answer said. More is no harm: a request that failed may have been stored.
     */
    acknowledge(user, stored, ms) {
      const now = performance.now()
      user.acknowledged += 1
      user.lost += Math.max(0, user.stored + 1 - stored)
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
      const before = { acknowledged: total('acknowledged'), lost: total('lost') }
      for (const user of users) Object.assign(user, { longestPauseMs: 0, answeredAt: start })
      return () => {
        const now = performance.now()
        return {
          acknowledged: total('acknowledged') - before.acknowledged,
          lost: total('lost') - before.lost,
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
    /** The count in the last good answer. */
    stored: 0,
    lost: 0,
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

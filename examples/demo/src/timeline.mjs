/** What happened lately, for the page: the last few lines, newest first. */

const LENGTH = 8

export function createTimeline() {
  const lines = []
  return {
    add(text) {
      lines.unshift({ at: new Date(), text })
      lines.length = Math.min(lines.length, LENGTH)
    },
    lines: () => lines,
  }
}

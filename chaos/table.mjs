/** The results of runs as one Markdown table. */
const COLUMNS = {
  fault: ({ fault }) => fault,
  contestant: ({ contestant }) => contestant,
  requests: ({ report }) => report.requests,
  'acked updates': ({ ledger }) => ledger.acknowledged,
  lost: ({ ledger }) => ledger.lost,
  'lost between, ms': ({ ledger }) => ledger.lostBetween?.join(' … ') ?? '–',
  duplicated: ({ ledger }) => ledger.duplicated,
  sessions: ({ ledger }) => ledger.sessions,
  'sessions lost': ({ ledger }) => ledger.sessionsLost,
  logouts: ({ ledger }) => ledger.logouts,
  resurrected: ({ ledger }) => ledger.resurrected,
  'silently empty': ({ ledger }) => ledger.silentlyEmpty,
  errors: ({ report }) => errorsOf(report.errors),
  'hung > 5 s': ({ report }) => report.hung,
  'longest pause, ms': ({ report }) => report.longestPauseMs,
  'longest request, ms': ({ report }) => report.longestRequestMs,
  'fault to first success, ms': ({ report }) => report.firstSuccessMs ?? 'never',
  'fault to switch, ms': ({ report }) => report.switchMs ?? '–',
  'switch to first success, ms': ({ report }) => report.afterSwitchMs ?? '–',
  notes: notesOf,
}

export function tableOf(results) {
  const names = Object.keys(COLUMNS)
  const rows = results.map(result => Object.values(COLUMNS).map(cell => cell(result)))
  return [names, names.map(() => '---'), ...rows].map(cells => `| ${cells.join(' | ')} |`).join('\n')
}

function errorsOf(errors) {
  const kinds = Object.entries(errors).map(([kind, count]) => `${kind} ${count}`)
  return kinds.length === 0 ? 0 : kinds.join(', ')
}

function notesOf({ report, ledger, crashed, isSettled }) {
  return [
    report.switches > 1 && `${report.switches} switches`,
    crashed > 0 && `${crashed} web processes crashed`,
    ledger.strangers > 0 && `${ledger.strangers} answers from strangers' sessions`,
    ledger.unread > 0 && `${ledger.unread} sessions could not be read back`,
    !isSettled && 'Redis did not settle',
  ]
    .filter(Boolean)
    .join('; ')
}

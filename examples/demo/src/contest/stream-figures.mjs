/** Server-Sent Events: all seconds so far, then each as it ends, with the state of the buttons and the table. */
import { resultsTable } from '../views/results-table.mjs'

/** Bytes. A page that does not read gets no more, and begins anew when it connects again. */
const MOST_UNREAD = 262_144

export function streamFigures(ctx, contest) {
  const { res } = ctx
  const send = (event, data) => res.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
  const sendState = () => send('state', { running: contest.running(), results: String(resultsTable(contest.results)) })

  const stopListening = contest.record.listen(second => {
    if (res.writableLength > MOST_UNREAD) return res.destroy()
    send('second', second)
    sendState()
  })
  res.once('close', stopListening)
  ctx.set('Cache-Control', 'no-store')
  ctx.type = 'text/event-stream'
  // It never ends, and that the page goes away in the middle is no error.
  ctx.respond = false
  res.statusCode = 200
  send('history', contest.record.seconds)
  sendState()
}

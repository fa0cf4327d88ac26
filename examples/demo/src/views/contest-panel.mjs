import { html } from '../html.mjs'
import { button } from './layout.mjs'
import { resultsTable } from './results-table.mjs'

/** Nothing without Redis: there is no primary to break, and the deployment panel says so. */
export function contestPanel({ contest }) {
  if (contest === null) return ''
  const running = contest.running()
  return html`<section aria-labelledby="contest" class="contest">
<h2 id="contest">What a fault costs</h2>
<p>Ten users count up in their sessions ten times a second, with <strong class="ours">sentinel-session</strong> and, on the same Redis,
with <strong class="ordinary">an ordinary store</strong>: whole session, last write wins, ioredis defaults.</p>
<div class="line faults">
${faultButton('kill', 'Kill the primary', running, 'danger')}
${faultButton('freeze', 'Freeze it', running)}
${faultButton('partition', 'Partition it', running)}
${faultButton('failover', 'Planned failover', running)}
${loadSwitch(contest.load.isOn)}
</div>
<p id="running" class="quiet" role="status" data-idle="${IDLE}">${running === null ? IDLE : `${running}: until everybody agrees again.`}</p>
<div class="plots">
${plot('requests', 'Requests per second')}
${plot('latency', 'Latency, median and 99th percentile')}
${plot('errors', 'Errors per second')}
</div>
<p class="legend quiet"><span class="ours">sentinel-session</span> <span class="ordinary">ordinary store</span> <span class="fault">a button was pressed</span> <span class="primary-changed">another primary</span></p>
<noscript><p class="quiet">The plots need JavaScript; the buttons and the table do not.</p></noscript>
<div id="results" aria-live="polite">${resultsTable(contest.results)}</div>
</section>`
}

const IDLE = 'Each fault heals by itself; then its result stands in the table.'

function faultButton(name, label, running, look) {
  return button(`/deployment/${name}`, label, { look, isOff: running !== null })
}

function loadSwitch(isOn) {
  return html`<form method="post" action="/contest/load">
<input type="hidden" name="on" value="${!isOn}">
<button>${isOn ? 'Stop the load' : 'Start the load'}</button>
</form>`
}

function plot(name, title) {
  return html`<figure data-plot="${name}">
<figcaption><span>${title}</span> <strong class="ours"></strong> <strong class="ordinary"></strong></figcaption>
<div class="plot" role="img" aria-label="${title} of both stores in the last 90 seconds"></div>
</figure>`
}

import { html } from '../html.mjs'
import { button } from './layout.mjs'

export function deploymentPanel({ deployment, status, timeline }) {
  return html`<section aria-labelledby="deployment">
<h2 id="deployment">The deployment</h2>
${deployment.kind === 'sentinel' ? restartButton(deployment.contest) : noRedis}
<div id="live">${liveView(status, timeline)}</div>
</section>`
}

function restartButton(contest) {
  return button('/deployment/restart', 'Restart dead nodes', { isOff: contest.running() !== null })
}

const noRedis = html`<p>No Redis was found on this machine, so sessions live in this process’ memory and end with it.
Install Redis 6.2 or later, or Valkey, and start again to see a failover,
and what it costs beside an ordinary session store.</p>`

/** The part that is fetched again each second. */
export function liveView(status, timeline) {
  return html`${status && nodeTable(status.nodes)}${timeLines(timeline.lines())}`
}

function nodeTable(nodes) {
  return html`<table>
<thead><tr><th scope="col">Node</th><th scope="col">Role</th><th scope="col">State</th><th scope="col">Process</th></tr></thead>
<tbody>${nodes.map(nodeRow)}</tbody>
</table>`
}

function nodeRow({ node, role, state, pid }) {
  return html`<tr class="${role}"><td>:${node.port}</td><td>${role}</td><td><span class="state ${state.replace(' ', '-')}">${state}</span></td><td>${pid}</td></tr>`
}

function timeLines(lines) {
  if (lines.length === 0) return ''
  return html`<h3>What happened</h3>
<ol class="timeline">${lines.map(({ at, text }) => html`<li><time>${at.toTimeString().slice(0, 8)}</time> <span>${text}</span></li>`)}</ol>`
}

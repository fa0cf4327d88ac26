import { html } from '../html.mjs'
import { seconds } from '../seconds.mjs'

/** What both stores lost to the same fault, newest first. */
export function resultsTable(results) {
  if (results.length === 0) return html`<p class="quiet">No fault yet. Press a button to compare.</p>`
  return html`<p id="meaning" class="quiet">An update is lost when it was acknowledged and is not there once everybody agrees again. A pause is the time between two good answers to one user.</p>
<div class="wide" tabindex="0" role="region" aria-label="Results">
<table aria-describedby="meaning">
<thead><tr><th scope="col">Store</th><th scope="col">Acknowl&shy;edged</th><th scope="col">Lost</th><th scope="col">Errors</th><th scope="col">Longest pause</th></tr></thead>
${results.map(group)}
</table>
</div>`
}

function group({ label, at, ours, ordinary }) {
  return html`<tbody>
<tr><th scope="rowgroup" colspan="5" class="fault-name">${label} <time>${at.toTimeString().slice(0, 8)}</time></th></tr>
<tr>${cells('ours', 'sentinel-session', ours)}</tr>
<tr>${cells('ordinary', 'ordinary store', ordinary)}</tr>
</tbody>`
}

function cells(look, name, { acknowledged, lost, errors, longestPauseMs }) {
  return html`<th scope="row" class="${look}">${name}</th><td>${acknowledged}</td>${bad(lost)}${bad(errors)}<td>${seconds(longestPauseMs)}</td>`
}

function bad(count) {
  return html`<td class="${count > 0 ? 'some' : 'none'}">${count}</td>`
}

import { html } from '../html.mjs'
import { seconds } from '../seconds.mjs'
import { cartPanel } from './cart-panel.mjs'
import { contestPanel } from './contest-panel.mjs'
import { deploymentPanel } from './deployment-panel.mjs'
import { layout } from './layout.mjs'
import { storedPanel } from './stored-panel.mjs'
import { visitorPanel } from './visitor-panel.mjs'

export function sessionPage({ notice, waitedMs, ...page }) {
  return layout(
    'sentinel-session demo',
    html`${notice && html`<p class="notice" role="status">${notice}</p>`}
${waited(waitedMs)}
${contestPanel(page.deployment)}
<div class="columns">
<div class="column">${visitorPanel(page)}${cartPanel(page)}</div>
<div class="column">${deploymentPanel(page)}</div>
</div>
${storedPanel(page)}`,
  )
}

const LONG_MS = 150

function waited(ms) {
  if (ms < LONG_MS) return html`<p class="waited">Reading your session took ${ms.toFixed(1)} ms.</p>`
  return html`<p class="waited long">This page waited <strong>${seconds(ms)}</strong> for a new primary. Your session is still here.</p>`
}

import { html } from '../html.mjs'
import { contestPanel } from './contest-panel.mjs'
import { deploymentPanel } from './deployment-panel.mjs'
import { layout } from './layout.mjs'

export function errorPage({ error, ...page }) {
  return layout(
    'No session',
    html`<section aria-labelledby="error">
<h2 id="error">${error.status === 503 ? 'No primary answered in time' : 'Your session cannot be changed'}</h2>
<p>${error.status === 503 ? outage : error.message}</p>
<p class="quiet">${error.status} ${error.code}. <a href="/">Try again</a></p>
</section>
${contestPanel(page.deployment)}
${deploymentPanel(page)}`,
  )
}

const outage =
  'You are not logged out: your session could not be asked for, and so this request failed. ' +
  'The demo heals what a button broke; what only dead nodes held is lost, because nothing is written to disk here.'

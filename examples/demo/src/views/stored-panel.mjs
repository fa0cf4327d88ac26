import { html } from '../html.mjs'

/** What lies in the store for this visitor, each part with one sentence. */
export function storedPanel({ stored, deployment }) {
  return html`<section aria-labelledby="stored">
<h2 id="stored">What is stored</h2>
${stored ? parts(stored, deployment) : html`<p>The record could not be read just now. Reload to see it.</p>`}
</section>`
}

function parts({ key, maskedSid, ttlMs, value, size }, { kind }) {
  return html`<dl>
${part('Session id', html`<code>${maskedSid}</code>`, 'The secret: only your cookie has it, and this page masks it.')}
${part('Key', html`<code>${key}</code>`, 'The SHA-256 of the id, so reading the store opens nobody’s session.')}
${part('Expires in', minutes(ttlMs), kind === 'sentinel' ? 'The TTL of the key: Redis deletes the record itself.' : 'An expired record is dropped when it is met.')}
${part('Size', `${size} bytes`, 'Best kept small: every write sends the whole record.')}
${part('Value', html`<pre tabindex="0" aria-label="The stored value"><code>${pretty(value)}</code></pre>`, kind === 'sentinel' ? 'Readable in redis-cli: w marks the last writes, so none is lost or done twice; c is when it began; d is your data.' : 'As the memory backend holds it; your data is the text in body.')}
</dl>`
}

function part(name, content, why) {
  return html`<div><dt>${name}</dt><dd>${content}<p class="quiet">${why}</p></dd></div>`
}

function minutes(ms) {
  const seconds = Math.round(ms / 1000)
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}

function pretty(value) {
  try {
    return JSON.stringify(JSON.parse(value), null, 2)
  } catch {
    return value
  }
}

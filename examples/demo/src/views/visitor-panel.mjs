import { html } from '../html.mjs'
import { button } from './layout.mjs'

export function visitorPanel({ name, visits }) {
  return html`<section aria-labelledby="you">
<h2 id="you">You</h2>
${name ? loggedIn(name) : logInForm}
<p class="quiet"><strong id="visits">${visits}</strong> ${visits === 1 ? 'page view' : 'page views'} in this session.</p>
</section>`
}

const logInForm = html`<form method="post" action="/login" class="line">
<label for="name">Your name</label>
<input id="name" name="name" required maxlength="40" autocomplete="off">
<button class="strong">Log in</button>
</form>
<p class="quiet">Any name will do. Logging in gives you a new session id and keeps your cart.</p>`

function loggedIn(name) {
  return html`<div class="line spread">
<p>Logged in as <strong class="name">${name}</strong></p>
${button('/logout', 'Log out')}
</div>`
}

import { ITEMS } from '../cart.mjs'
import { html } from '../html.mjs'
import { button } from './layout.mjs'

export function cartPanel({ cart }) {
  return html`<section aria-labelledby="cart">
<h2 id="cart">Cart</h2>
<ul class="cart">${ITEMS.map(item => row(item, cart[item] ?? 0))}</ul>
</section>`
}

function row(item, count) {
  const field = { name: 'item', value: item }
  return html`<li>
<span>${item}</span>
${count > 0 && button('/cart/remove', '−', { ...field, ariaLabel: `Remove one ${item}`, look: 'step' })}
<span class="count" aria-label="${count} in the cart">${count}</span>
${button('/cart/add', '+', { ...field, ariaLabel: `Add one ${item}`, look: 'step' })}
</li>`
}

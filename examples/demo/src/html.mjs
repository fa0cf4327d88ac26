/** Templates that escape: html`<p>${name}</p>` is safe whatever the name is. */

class Html {
  constructor(text) {
    this.text = text
  }
  toString() {
    return this.text
  }
}

const ENTITIES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** Lists are joined; undefined, null and false are nothing; what is Html already stays as it is. */
export function html(parts, ...values) {
  return new Html(String.raw({ raw: parts }, ...values.map(escaped)))
}

function escaped(value) {
  if (value instanceof Html) return value.text
  if (Array.isArray(value)) return value.map(escaped).join('')
  if (value === undefined || value === null || value === false) return ''
  return String(value).replace(/[&<>"']/g, character => ENTITIES[character])
}

import { html } from '../html.mjs'

/** The frame of every page. The script is for comfort only: all works without. */
export function layout(title, content) {
  return String(html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/base.css">
<link rel="stylesheet" href="/controls.css">
<link rel="stylesheet" href="/panels.css">
<script src="/live.js" defer></script>
</head>
<body>
<header>
<p class="brand">sentinel-session</p>
<h1>A session that survives its Redis primary</h1>
</header>
<main>${content}</main>
<p id="progress" role="status"></p>
</body>
</html>
`)
}

/** A form that is one button. */
export function button(action, label, { name, value, ariaLabel, look } = {}) {
  return html`<form method="post" action="${action}">
<button${look && html` class="${look}"`}${name && html` name="${name}" value="${value}"`}${ariaLabel && html` aria-label="${ariaLabel}"`}>${label}</button>
</form>`
}

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
<link rel="stylesheet" href="/contest.css">
<script src="/live.js" defer></script>
<script src="/contest.js" type="module"></script>
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

/** A form that is one button. One that is off keeps its focus; the server refuses it as well. */
export function button(action, label, { name, value, ariaLabel, look, isOff } = {}) {
  return html`<form method="post" action="${action}">
<button${look && html` class="${look}"`}${name && html` name="${name}" value="${value}"`}${ariaLabel && html` aria-label="${ariaLabel}"`}${isOff && html` aria-disabled="true"`}>${label}</button>
</form>`
}

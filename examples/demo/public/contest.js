/** Follows the contest, and keeps plots, buttons and table current. */
import { plot } from './plot.js'

const SECONDS = 90

const PLOTS = {
  requests: { lines: [['requests', '']], now: figures => String(figures.requests) },
  latency: {
    lines: [
      ['p50', 'thin'],
      ['p99', ''],
    ],
    isTime: true,
    now: ({ p50, p99 }) => `${time(p50)} / ${time(p99)}`,
  },
  errors: { lines: [['errors', '']], now: figures => String(figures.errors) },
}

/** Plots that wander each second are motion, too. */
const CALM = matchMedia('(prefers-reduced-motion: reduce)')
const CALM_SECONDS = 5

let seconds = []
let state
let received = 0

let source

/** A hidden page lets go of its connection: browsers have only six for all tabs. All that it missed comes when it is back. */
function follow() {
  source?.close()
  if (document.hidden) return
  source = new EventSource('/contest/live')
  source.addEventListener('history', ({ data }) => {
    seconds = JSON.parse(data)
    draw()
  })
  source.addEventListener('second', ({ data }) => {
    seconds = [...seconds, JSON.parse(data)].slice(-SECONDS)
    received += 1
    if (received % (CALM.matches ? CALM_SECONDS : 1) === 0) draw()
  })
  source.addEventListener('state', ({ data }) => {
    state = JSON.parse(data)
    showState()
  })
}

if (document.querySelector('.contest') !== null) {
  follow()
  document.addEventListener('visibilitychange', follow)
}
document.addEventListener('shown', draw)
addEventListener('resize', draw)

function draw() {
  const last = seconds.at(-1)
  for (const figure of document.querySelectorAll('[data-plot]')) {
    const { now, ...form } = PLOTS[figure.dataset.plot]
    for (const store of ['ours', 'ordinary']) {
      figure.querySelector(`figcaption .${store}`).textContent = last === undefined ? '' : now(last[store])
    }
    plot(figure.querySelector('.plot'), seconds, { ...form, span: SECONDS })
  }
}

function showState() {
  const status = document.querySelector('#running')
  if (status === null) return
  write(status, state.running === null ? status.dataset.idle : `${state.running}: until everybody agrees again.`)
  for (const button of document.querySelectorAll('[action^="/deployment/"] button')) {
    if (state.running === null) button.removeAttribute('aria-disabled')
    else button.ariaDisabled = 'true'
  }
  const results = document.querySelector('#results')
  if (results.dataset.shown !== state.results) results.innerHTML = state.results
  results.dataset.shown = state.results
}

/** Only what is new, because a screen reader says it. */
function write(element, text) {
  if (element.textContent !== text) element.textContent = text
}

function time(ms) {
  if (ms === null) return '–'
  return ms < 1000 ? `${ms.toFixed(ms < 10 ? 1 : 0)} ms` : `${(ms / 1000).toFixed(1)} s`
}

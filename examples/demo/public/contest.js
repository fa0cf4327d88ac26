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

let seconds = []
let state

const source = new EventSource('/contest/live')
source.addEventListener('history', ({ data }) => {
  seconds = JSON.parse(data)
  draw()
})
source.addEventListener('second', ({ data }) => {
  seconds = [...seconds, JSON.parse(data)].slice(-SECONDS)
  draw()
})
source.addEventListener('state', ({ data }) => {
  state = JSON.parse(data)
  showState()
})
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
  for (const button of document.querySelectorAll('.faults [action^="/deployment/"] button')) {
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

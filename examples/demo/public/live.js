/** Keeps the deployment panel current, and shows how long a request waits instead of an empty window. */

const EACH_MS = 1000
const SHOWN_AFTER_MS = 150
const parser = new DOMParser()

setInterval(async () => {
  if (document.hidden) return
  const answer = await fetch('/status').catch(() => null)
  const live = document.querySelector('#live')
  if (!answer?.ok || live === null) return
  const fresh = await answer.text()
  if (live.dataset.shown !== fresh) live.innerHTML = fresh
  live.dataset.shown = fresh
}, EACH_MS)

/** Only one at a time, so that a double click is one click. */
let busy = false

document.addEventListener('submit', async event => {
  event.preventDefault()
  if (busy || event.submitter.ariaDisabled === 'true') return
  busy = true
  const form = event.target
  const again = howToFind(event.submitter)
  const stopWatch = startWatch()
  try {
    const body = new URLSearchParams(new FormData(form, event.submitter))
    const answer = await fetch(form.action, { method: 'POST', body })
    show(await answer.text(), again)
    if (answer.redirected) history.replaceState(null, '', '/')
  } catch {
    document.querySelector('#progress').textContent = 'The demo does not answer. Was it stopped?'
  } finally {
    stopWatch()
    busy = false
  }
})

function startWatch() {
  const progress = document.querySelector('#progress')
  const start = performance.now()
  const timer = setInterval(() => {
    const ms = performance.now() - start
    if (ms < SHOWN_AFTER_MS) return
    if (progress.textContent === '') progress.textContent = 'The next request waits for a primary.'
    progress.dataset.seconds = `${(ms / 1000).toFixed(1)} s`
  }, 100)
  progress.textContent = ''
  return () => {
    clearInterval(timer)
    delete progress.dataset.seconds
    if (progress.textContent.startsWith('The next')) progress.textContent = ''
  }
}

/** The new page replaces the old one; focus stays with the button that was pressed, if it is still there. */
function show(page, again) {
  const fresh = parser.parseFromString(page, 'text/html')
  const main = fresh.querySelector('main')
  if (main === null) return location.reload()
  document.querySelector('main').replaceWith(main)
  document.title = fresh.title
  document.dispatchEvent(new Event('shown'))
  document.querySelector(again)?.focus()
}

function howToFind(submitter) {
  const form = `form[action="${submitter.form.getAttribute('action')}"] button`
  return submitter.name === '' ? form : `${form}[value="${CSS.escape(submitter.value)}"]`
}

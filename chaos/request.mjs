/** One HTTP request of a user, from the connection to the last byte of the answer. */
import { Agent, request as httpRequest } from 'node:http'

const PATIENCE_MS = 20_000

/**
 * A client of some ports, each time of another one; a port that refuses the connection is passed over, as balancers do. What it
 * resolves to is `{ status, setCookies, body }`, or `{ error }` with the code of what went wrong.
 */
export function createClient(ports) {
  const agent = new Agent({ keepAlive: true, maxSockets: Infinity })
  async function send(method, path, cookie) {
    const order = ports.toSorted(() => Math.random() - 0.5)
    let answer = { error: 'ECONNREFUSED' }
    for (const port of order) {
      if (answer.error !== 'ECONNREFUSED') break
      answer = await sendTo(agent, port, method, path, cookie)
    }
    return answer
  }
  return { send, close: () => agent.destroy() }
}

function sendTo(agent, port, method, path, cookie) {
  return new Promise(resolve => {
    const headers = { host: `localhost:${port}`, ...(cookie === '' ? {} : { cookie }) }
    const sent = httpRequest({ agent, host: '127.0.0.1', port, method, path, headers })
    const timer = setTimeout(() => finish({ error: 'TIMEOUT' }), PATIENCE_MS)
    function finish(answer) {
      clearTimeout(timer)
      resolve(answer)
      if (answer.error !== undefined) sent.destroy()
    }
    sent.on('error', error => finish({ error: error.code ?? error.message }))
    sent.on('response', response => {
      let text = ''
      response.setEncoding('utf8').on('data', chunk => {
        text += chunk
      })
      response.on('error', () => finish({ error: 'TRUNCATED' }))
      response.on('end', () => finish(answerOf(response, text)))
    })
    sent.end()
  })
}

function answerOf({ statusCode, headers }, text) {
  const answer = { status: statusCode, setCookies: headers['set-cookie'] ?? [] }
  if (statusCode < 200 || statusCode > 299) return answer
  try {
    return { ...answer, body: JSON.parse(text) }
  } catch {
    return { error: 'NO_JSON' }
  }
}

/** Who is alive, and in which role: asked of every node itself, and of the Sentinels which one is the primary. */
import { RedisError } from '@sentinel-session/testing/sentinel'

/** `{ nodes: [{ name, pid, role, state }], primary }`; primary is undefined while no Sentinel answers. */
export async function readStatus(trio) {
  const primary = await namedPrimary(trio)
  const data = trio.nodes.map(node => describeDataNode(trio, node, primary))
  const sentinels = trio.sentinelNodes.map(node => describeSentinel(trio, node))
  return { primary, nodes: await Promise.all([...data, ...sentinels]) }
}

/** The first answer is good enough for a picture that is drawn anew each second. */
export async function namedPrimary(trio) {
  const question = ['SENTINEL', 'get-master-addr-by-name', trio.masterName]
  const answers = trio.sentinelNodes.map(sentinel => trio.ask(sentinel, ...question))
  const answer = await Promise.any(answers).catch(() => null)
  return trio.nodes.find(({ port }) => port === Number(answer?.[1]))
}

async function describeDataNode(trio, node, primary) {
  const role = node === primary ? 'primary' : 'replica'
  const { answer, silence } = await ask(trio, node, 'ROLE')
  if (silence !== undefined) return row(node, role, silence)
  const [says, , , link] = answer
  if (role === 'primary') return row(node, role, says === 'master' ? 'alive' : 'changing')
  return row(node, role, says === 'slave' && link === 'connected' ? 'in sync' : 'catching up')
}

async function describeSentinel(trio, node) {
  const { silence = 'alive' } = await ask(trio, node, 'PING')
  return row(node, 'sentinel', silence)
}

const row = (node, role, state) => ({ node, name: `${node.host}:${node.port}`, pid: node.pid, role, state })

async function ask(trio, node, ...command) {
  try {
    return { answer: await trio.ask(node, ...command) }
  } catch (error) {
    if (error instanceof RedisError) return { silence: 'cut off' }
    return { silence: isRunning(node.pid) ? 'frozen' : 'dead' }
  }
}

function isRunning(pid) {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

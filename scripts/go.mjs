/** Finds Go, with which a program of ours reads what we wrote for Beego. In CI it is installed where Debian's package can be. */
import { spawnSync } from 'node:child_process'

/** The command, or null after saying why it is not there. */
export function provideGo() {
  if (isThere()) return 'go'
  const reason = installed()
  if (reason === undefined && isThere()) return 'go'
  console.log(
    `Not checked with Go: it is not on the PATH${reason === undefined ? '' : `, and ${reason}`}. ` +
      'What we write for Beego is held by its structure in packages/beego/src/vectors.test.ts.',
  )
  return null
}

const isThere = () => spawnSync('go', ['version'], { stdio: 'inherit' }).status === 0

/** Undefined, or why not. 81 MB to fetch. */
function installed() {
  if (process.env.CI !== 'true') return 'it is installed in CI only (apt-get install golang-go)'
  if (process.getuid?.() !== 0) return 'only root may install it'
  for (const command of ['update', 'install -y --no-install-recommends golang-go']) {
    const { status, error } = spawnSync('apt-get', ['-qq', ...command.split(' ')], {
      stdio: 'inherit',
      timeout: 300_000,
    })
    if (status !== 0) return `apt-get ${command} failed (${error?.code ?? status})`
  }
  return undefined
}

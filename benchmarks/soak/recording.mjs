/**
 * What explains a loss afterwards, in a file: each acknowledged write with its key, slot and revisions, the faults, and each change of
 * the primaries and of the replicas that count, as each provider sees them.
 */
import { createWriteStream } from 'node:fs'

/** How often the providers are asked whom they follow. */
const LOOK_EVERY_MS = 5

export class Recording {
  #file
  #timers = []
  #placed = new Set()

  /** Without a name nothing is recorded. */
  constructor(name) {
    this.#file = name === undefined ? undefined : createWriteStream(name)
  }

  note(what) {
    this.#file?.write(`${new Date().toISOString().slice(11, 23)} ${what}\n`)
  }

  /** `slotOf` asks a cluster, once for each key. */
  follow(name, provider, slotOf) {
    if (this.#file === undefined) return
    const { backend } = provider
    const replace = backend.replace.bind(backend)
    backend.replace = async (key, base, fields, call) => {
      if (slotOf !== undefined && !this.#placed.has(key)) void this.#place(key, slotOf)
      const begun = performance.now()
      const replaced = await replace(key, base, fields, call)
      const took = (performance.now() - begun).toFixed(0)
      const revisions = (replaced.record ?? replaced.current)?.revisions
      this.note(`${name} ${key} ${replaced.outcome} in ${took} ms: ${fields.body} as ${revisions} on ${base.revisions}`)
      return replaced
    }
    let before = ''
    const look = () => {
      const { shards = [provider.report()] } = provider.report()
      const now = shards.map(({ primary, replicas }) => `${port(primary)} (${replicas.map(port).join(' ')})`).sort()
      if (String(now) === before) return
      before = String(now)
      this.note(`${name} follows ${now.join(', ')}`)
    }
    this.#timers.push(setInterval(look, LOOK_EVERY_MS))
  }

  async #place(key, slotOf) {
    this.#placed.add(key)
    this.note(`${key} is in slot ${await slotOf(key).catch(() => 'unknown')}`)
  }

  end() {
    for (const timer of this.#timers) clearInterval(timer)
    this.#file?.end()
  }
}

function port(name) {
  return name === null ? 'nobody' : name.slice(name.lastIndexOf(':') + 1)
}

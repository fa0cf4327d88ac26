/**
 * A map that has its oldest entry at hand. A Map keeps the order too, but comes to its first entry past all that were deleted before it:
 * where the oldest goes for each one that comes, that is half of the table each time.
 */
export interface Aged<Key, Value> {
  readonly key: Key
  readonly value: Value
}

/** A class, as records are (stored-record.ts). */
class Node<Key, Value> implements Aged<Key, Value> {
  readonly key: Key
  value: Value
  older: Node<Key, Value> | undefined
  newer: Node<Key, Value> | undefined

  constructor(key: Key, value: Value) {
    this.key = key
    this.value = value
  }
}

export class AgedMap<Key, Value> {
  readonly #nodes = new Map<Key, Node<Key, Value>>()
  #oldest: Node<Key, Value> | undefined
  #newest: Node<Key, Value> | undefined

  get size(): number {
    return this.#nodes.size
  }

  get(key: Key): Value | undefined {
    return this.#nodes.get(key)?.value
  }

  has(key: Key): boolean {
    return this.#nodes.has(key)
  }

  get oldest(): Aged<Key, Value> | undefined {
    return this.#oldest
  }

  /** As the newest, also where the key had a value before. */
  set(key: Key, value: Value): void {
    let node = this.#nodes.get(key)
    if (node === undefined) {
      node = new Node(key, value)
      this.#nodes.set(key, node)
    } else {
      node.value = value
      if (node === this.#newest) return
      this.#unlink(node)
    }
    node.older = this.#newest
    if (this.#newest === undefined) this.#oldest = node
    else this.#newest.newer = node
    this.#newest = node
  }

  delete(key: Key): void {
    const node = this.#nodes.get(key)
    if (node === undefined) return
    this.#nodes.delete(key)
    this.#unlink(node)
  }

  clear(): void {
    this.#nodes.clear()
    this.#oldest = undefined
    this.#newest = undefined
  }

  /** The oldest first. What was given last may be deleted meanwhile, or set again: then it comes once more, at the end. */
  *[Symbol.iterator](): Generator<Aged<Key, Value>> {
    for (let node = this.#oldest; node !== undefined; ) {
      const { newer } = node
      yield node
      node = newer
    }
  }

  /** It keeps no neighbour: those would live for as long as it does. */
  #unlink(node: Node<Key, Value>): void {
    const { older, newer } = node
    if (older === undefined) this.#oldest = newer
    else older.newer = newer
    if (newer === undefined) this.#newest = older
    else newer.older = older
    node.older = undefined
    node.newer = undefined
  }
}

/** What a node of the vectors is here: as a handler sees it, and as it stands on the wire. */
import { deepEqual } from '@sentinel-session/core/internal'
import type { Definitions } from '../../src/gob/definition.ts'
import type { GobSession, GobValue, Held, Pair, SentField } from '../../src/gob/gob-value.ts'
import type { Node } from './vectors.ts'

/** The value that a handler gets. */
export function shownAs(node: Node): unknown {
  const { t, v } = node
  if (t === 'nil') return null
  if (t === 'time.Time') return new Date(Number(node.unix) * 1000 + Math.floor(node.nsec! / 1e6))
  if (node.fields !== undefined) return record(node.fields.map(([name, field]) => [name, shownAs(field)]))
  if (node.items !== undefined) return node.items.map(shownAs)
  if (node.entries !== undefined) return shownMap(t, node.entries)
  if ('elem' in node) return node.elem === null ? null : shownAs(node.elem as Node)
  if (t.startsWith('complex')) return { re: floatOf(node.re!), im: floatOf(node.im!) }
  if (t === '[]uint8') return new Uint8Array(Buffer.from(node.b64!, 'base64'))
  if (t === 'string') return v ?? Buffer.from(node.b64!, 'base64').toString()
  if (t === 'bool') return v
  if (t.startsWith('float')) return floatOf(node)
  const wide = BigInt(v as string)
  return Number.isSafeInteger(Number(wide)) ? Number(wide) : wide
}

function floatOf({ bits }: Node): number {
  return Buffer.from(bits!, 'hex').readDoubleBE()
}

function shownMap(t: string, entries: readonly [Node, Node][]): unknown {
  const pairs = entries.map(([key, value]) => [shownAs(key), shownAs(value)] as const)
  return t.startsWith('map[string]') ? record(pairs as [string, unknown][]) : new Map(pairs)
}

function record(members: readonly (readonly [string, unknown])[]): object {
  return Object.assign(Object.create(null) as object, Object.fromEntries(members))
}

/** The text of a key at the top of a session. */
export function keyAs({ t, v }: Node): string {
  return t === 'string' ? (v as string) : `${t}(${v})`
}

/** Where a session on the wire is not what the node says: the path, or undefined. Fields and elements have no names there. */
export function differenceOf(session: GobSession, node: Node): string | undefined {
  const pairs = session.entries.map(([key, value]) => [key, value] as const)
  return differenceOfPairs(node.entries!, pairs, (each, held) => differenceOfHeld(each, held, session.definitions))
}

type Differ<X> = (node: Node, value: X) => string | undefined

function differenceOfPairs<X>(
  expected: readonly [Node, Node][],
  pairs: readonly (readonly [X, X])[],
  differ: Differ<X>,
) {
  if (expected.length !== pairs.length) return `${pairs.length} entries`
  for (const [key, value] of expected) {
    const found = pairs.find(pair => differ(key, pair[0]) === undefined)
    if (found === undefined) return `no key ${JSON.stringify(key)}`
    const difference = differ(value, found[1])
    if (difference !== undefined) return `${String(key.v)}: ${difference}`
  }
  return undefined
}

function differenceOfHeld(node: Node, held: Held | null, definitions: Definitions): string | undefined {
  if (node.t === 'nil' || held === null) return node.t === 'nil' && held === null ? undefined : 'nil'
  const name = node.gob ?? node.t
  if (held.name !== name) return `${held.name} instead of ${name}`
  return differenceOfValue(node, held.type, held.value, definitions)
}

function differenceOfValue(node: Node, type: number, value: GobValue, definitions: Definitions): string | undefined {
  if (type === 8) return differenceOfHeld(node, value as Held | null, definitions)
  const definition = definitions.get(type)
  const inner = (each: Node, elem: number, found: GobValue) => differenceOfValue(each, elem, found, definitions)
  if ('elem' in node) return inner(node.elem as Node, type, value)
  if (definition === undefined) return differenceOfBasic(node, value)
  switch (definition.kind) {
    case 'array':
    case 'slice': {
      const items = value as GobValue[]
      if (items.length !== node.items!.length) return `${items.length} items`
      return node.items!.map((item, i) => inner(item, definition.elem, items[i]!)).find(found => found !== undefined)
    }
    case 'map': {
      const keyed = (value as Pair[]).map(
        ([key, each]) =>
          [
            { type: definition.key, value: key },
            { type: definition.elem, value: each },
          ] as const,
      )
      return differenceOfPairs(node.entries!, keyed, (each, found) => inner(each, found.type, found.value))
    }
    case 'struct': {
      const sent = new Map(value as SentField[])
      return node
        .fields!.map(([name, field], i) => {
          if (definition.fields[i]!.name !== name) return `field ${name}`
          return sent.has(i) ? inner(field, definition.fields[i]!.type, sent.get(i)!) : undefined
        })
        .find(found => found !== undefined)
    }
    case 'opaque': {
      const bytes = Buffer.from(value as Uint8Array)
      const seconds = bytes.readBigInt64BE(1) - 62_135_596_800n
      const minutes = bytes.readInt16BE(13)
      const found = [seconds, bytes.readUInt32BE(9), minutes === -1 ? 'UTC' : minutes * 60].join()
      return found === [node.unix, node.nsec, (node as { zone?: unknown }).zone].join() ? undefined : found
    }
  }
}

function differenceOfBasic(node: Node, value: GobValue): string | undefined {
  const isFloat = node.t.startsWith('float')
  const expected = isFloat ? floatOf(node) : shownAs(node)
  return deepEqual(comparable(node.t, value), expected) ? undefined : `another value than ${JSON.stringify(node)}`
}

function comparable(t: string, value: GobValue): unknown {
  if (t.startsWith('complex')) {
    const [re, im] = (value as GobValue[]).map(part => comparable('float64', part))
    return { re, im }
  }
  return t.startsWith('float') && typeof value === 'bigint' ? Number.NaN : value
}

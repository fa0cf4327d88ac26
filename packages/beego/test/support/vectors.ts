/** Sessions that a running Beego (v2.3.10, Go 1.23) stored, with what Beego's own decoder made of them. */
import { readFileSync } from 'node:fs'

/** One Go value; `t` is its type as Go prints it. */
export interface Node {
  t: string
  v?: string | boolean
  b64?: string
  bits?: string
  re?: Node
  im?: Node
  items?: Node[]
  entries?: [Node, Node][]
  fields?: [string, Node][]
  unix?: string
  nsec?: number
  gob?: string
}

export interface Vector {
  name: string
  title: string
  bytes: Buffer
  values: Node
}

const file = new URL('fixtures/vectors.json', import.meta.url)
const raw = JSON.parse(readFileSync(file, 'utf8')) as {
  vectors: { name: string; title: string; b64: string; values: Node }[]
}

export const vectors: readonly Vector[] = raw.vectors.map(({ name, title, b64, values }) => ({
  name,
  title,
  values,
  bytes: Buffer.from(b64, 'base64'),
}))

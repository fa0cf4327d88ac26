/** What one node of a cluster says about all of them: CLUSTER NODES. Pure. */
import type { NodeName } from './topology.ts'

/** 40 hexadecimal digits; a node keeps it over restarts and at another address. */
export type NodeId = string

export interface ClusterNode {
  id: NodeId
  name: NodeName
  /** Announced beside the address; certificates are made out to it. */
  hostname: string | undefined
  /** Its primary; undefined for a primary. */
  of: NodeId | undefined
  /** Counts the changes of who serves what: the higher one is the later one. */
  epoch: number
  /** The node that was asked gets no answer from it, or all have agreed on that. */
  isDown: boolean
  slots: readonly (readonly [from: number, to: number])[]
}

export interface ClusterView {
  /** Who says it. */
  self: NodeId
  /** Of its process. */
  runId: string
  /** After how long without an answer it calls a node down. */
  nodeTimeoutMs: number
  nodes: readonly ClusterNode[]
}

/** Without what changes all the time: two answers with the same essence say the same. */
export function essenceOf(text: string): string {
  return text.replace(/^(\S+ \S+ \S+ \S+) \d+ \d+ /gm, '$1 ')
}

/** Reads `CLUSTER NODES`. A node that has not been told its own address is at the one where it was asked. */
export function parseNodes(text: string, askedHost: string): Pick<ClusterView, 'self' | 'nodes'> {
  let self = ''
  const nodes: ClusterNode[] = []
  for (const line of text.split('\n')) {
    const [id = '', place = '', flagText = '', of = '-', , , epoch, , ...slots] = line.trim().split(' ')
    const flags = flagText.split(',')
    if (flags.includes('myself')) self = id
    const { name, hostname } = parsePlace(place, askedHost)
    if (id === '' || name === undefined || flags.includes('noaddr') || flags.includes('handshake')) continue
    nodes.push({
      id,
      name,
      hostname,
      of: of === '-' ? undefined : of,
      epoch: Number(epoch),
      isDown: flags.includes('fail') || flags.includes('fail?'),
      slots: slots.flatMap(parseSlots),
    })
  }
  return { self, nodes }
}

/** `ip:port@busPort[,hostname[,name=value]…]`. */
function parsePlace(place: string, askedHost: string): { name: NodeName | undefined; hostname: string | undefined } {
  const [address = '', hostname] = place.split(',')
  const [, host, port] = /^(.*):(\d+)(?:@\d+)?$/.exec(address) ?? []
  const name = port === undefined || port === '0' ? undefined : `${host === '' ? askedHost : host}:${port}`
  return { name, hostname: hostname === '' ? undefined : hostname }
}

/** `0-5460` or `7`; what is on its way, in brackets, is still where it was. */
function parseSlots(text: string): [from: number, to: number][] {
  const [, from, to] = /^(\d+)(?:-(\d+))?$/.exec(text) ?? []
  return from === undefined ? [] : [[Number(from), Number(to ?? from)]]
}

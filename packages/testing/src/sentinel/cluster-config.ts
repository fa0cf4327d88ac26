/** The configuration files of the nodes of a Redis Cluster, and the file in which each keeps what it knows of the others. */
import type { Address } from '@sentinel-session/core'
import type { ClusterSettings } from './cluster-options.ts'
import { shared, text, withData } from './redis-config.ts'

const SLOTS = 16_384

/** In the folder for the data. */
export const NODES_FILE = 'nodes.conf'

export interface ClusterPlace extends Address {
  busPort: number
  /** 40 hexadecimal digits. */
  id: string
  /** The place of its primary among all; undefined for a primary. */
  follows: number | undefined
}

export function nodeConfig(settings: ClusterSettings, { port, busPort }: ClusterPlace, folder: string): string {
  const { password, nodeTimeoutMs, nodeConfig: more } = settings
  return text([
    ...shared(port, folder),
    'cluster-enabled yes',
    `cluster-config-file ${NODES_FILE}`,
    `cluster-port ${busPort}`,
    `cluster-node-timeout ${nodeTimeoutMs}`,
    // A replica stays with its primary, so that a test knows who follows whom.
    'cluster-allow-replica-migration no',
    ...withData(password),
    ...more,
  ])
}

/**
 * Everybody is introduced to everybody, and the slots are given out: with CLUSTER MEET the same takes seconds, in which nodes
 * still disagree.
 */
export function nodesFile(places: readonly ClusterPlace[], self: ClusterPlace): string {
  const primaries = places.filter(({ follows }) => follows === undefined)
  const lines = places.map(place => {
    const { id, host, port, busPort, follows } = place
    const flags = `${place === self ? 'myself,' : ''}${follows === undefined ? 'master' : 'slave'}`
    const epoch = follows === undefined ? primaries.indexOf(place) + 1 : 0
    const slots = follows === undefined ? ` ${slotsOf(primaries.indexOf(place), primaries.length)}` : ''
    const of = follows === undefined ? '-' : places[follows]!.id
    return `${id} ${host}:${port}@${busPort} ${flags} ${of} 0 0 ${epoch} connected${slots}`
  })
  return text([...lines, `vars currentEpoch ${primaries.length} lastVoteEpoch 0`])
}

function slotsOf(at: number, count: number): string {
  const from = Math.ceil((SLOTS * at) / count)
  const to = Math.ceil((SLOTS * (at + 1)) / count) - 1
  return `${from}-${to}`
}

/** A question as a client would sign it, or as somebody else would like to. */
import { createHmac } from '@sentinel-session/core/internal'
import { pack, unpack } from '../../src/message.ts'
import { HEADER, signQuestion } from '../../src/signature.ts'

export const KEY: string = 'k'.repeat(32)
export const URL_OF_GATEWAY = 'https://gateway.test/'
export const NAME = 'aaaaaaaa00000010'

export interface ByHand {
  key?: string
  at?: number
  url?: string
  headers?: Record<string, string>
  /** Put in the place of what was signed. */
  sent?: Uint8Array<ArrayBuffer>
}

export function requestOf(head: object, body?: string | Uint8Array, how: ByHand = {}): Request {
  return signed(pack({ head: { wait: 100, ...head }, body }), how)
}

export function signed(
  bytes: Uint8Array<ArrayBuffer>,
  { key = KEY, at = Date.now(), url = URL_OF_GATEWAY, headers = {}, sent = bytes }: ByHand = {},
): Request {
  const { header } = signQuestion(bytes, createHmac(key), at)
  return new Request(url, { method: 'POST', headers: { [HEADER]: header, ...headers }, body: sent })
}

export async function headOf(response: Response): Promise<Record<string, unknown>> {
  return unpack(new Uint8Array(await response.arrayBuffer())).head
}

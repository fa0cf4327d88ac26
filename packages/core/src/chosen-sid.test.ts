/** SEC-02 (docs/security.md): the only way to choose a sid is Beego's `sessionRegenerate`, and what may be chosen is little. */
import { describe, expect, it } from 'vitest'
import { memoryBackend } from './memory-backend.ts'
import { createProvider, type Provider } from './provider.ts'
import { newSid } from './sid.ts'

async function stored(provider: Provider, value: string): Promise<string> {
  const sid = newSid()
  const session = await provider.sessionRegenerate(newSid(), sid)
  session.set('who', value)
  await session.save()
  return sid
}

const who = async (provider: Provider, sid: string): Promise<unknown> => (await provider.sessionRead(sid)).get('who')

describe('a sid that the caller chose', () => {
  it.each(['', '1', 'a\r\nb', 'A'.repeat(42), 'A'.repeat(44), `${'A'.repeat(42)}*`, `${'A'.repeat(42)}\0`])(
    'is refused when it does not have the form of ours: %j',
    async sid => {
      const provider = createProvider(memoryBackend())
      const old = await stored(provider, 'ada')
      const refused = expect.objectContaining({ code: 'ERR_CONFIG_OPTION', field: 'sid' })
      await expect(provider.sessionRegenerate(old, sid)).rejects.toEqual(refused)
      expect(await who(provider, old)).toBe('ada')
    },
  )

  it('is refused when it is taken, and neither session is changed', async () => {
    const provider = createProvider(memoryBackend())
    const [old, taken] = [await stored(provider, 'ada'), await stored(provider, 'bob')]
    await expect(provider.sessionRegenerate(old, taken)).rejects.toMatchObject({ code: 'ERR_SESSION_CONFLICT' })
    await expect(provider.sessionRegenerate(newSid(), taken)).rejects.toMatchObject({ code: 'ERR_SESSION_CONFLICT' })
    expect([await who(provider, old), await who(provider, taken)]).toEqual(['ada', 'bob'])
  })
})

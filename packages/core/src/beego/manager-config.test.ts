import { describe, expect, it } from 'vitest'
import { isSessionError } from '../errors.ts'
import { type ManagerConfig, readManagerConfig } from './manager-config.ts'

const least = { cookieName: 'gosessionid', gclifetime: 3600 }

const failureOf = (config: unknown): string => {
  try {
    readManagerConfig(config as ManagerConfig)
  } catch (error) {
    if (isSessionError(error)) return `${error.code} ${error.field}`
  }
  return 'none'
}

describe('ManagerConfig', () => {
  it("has Beego's defaults", () => {
    expect(readManagerConfig(least)).toEqual({
      cookieName: 'gosessionid',
      providerConfig: '',
      gclifetime: 3600,
      maxLifetime: 3600,
      cookieLifeTime: 0,
      domain: '',
      enableSetCookie: false,
      disableHTTPOnly: false,
      secure: false,
      cookieSameSite: 0,
      sessionIDLength: 16,
      sessionIDPrefix: '',
      enableSidInHTTPHeader: false,
      sessionNameInHTTPHeader: '',
      enableSidInURLQuery: false,
    })
  })

  it('is the same as an object and as a text', () => {
    const config = {
      ...least,
      maxLifetime: 60,
      cookieSameSite: 2,
      enableSetCookie: true,
      providerConfig: 'a,1',
    } as const
    expect(readManagerConfig(JSON.stringify(config))).toEqual(readManagerConfig(config))
  })

  it("matches its members in any case, as Go's JSON does", () => {
    const text =
      '{"COOKIENAME":"a","GcLifetime":5,"ProviderConfig":"h","EnableSidInHTTPHeader":true,"SessionNameInHTTPHeader":"X"}'
    const expected = {
      cookieName: 'a',
      gclifetime: 5,
      providerConfig: 'h',
      enableSidInHTTPHeader: true,
      sessionNameInHTTPHeader: 'X',
    }
    expect(readManagerConfig(text)).toMatchObject(expected)
    expect(readManagerConfig(JSON.parse(text))).toMatchObject(expected)
  })

  it('takes the later of two spellings, and null as absent', () => {
    const text = '{"cookieName":"a","CookieName":"b","domain":null,"gclifetime":5,"maxLifetime":null}'
    expect(readManagerConfig(text)).toMatchObject({ cookieName: 'b', domain: '', maxLifetime: 5 })
  })

  it('passes over unknown members of a text, as Go does, and refuses those of an object', () => {
    // The second is the misspelling of an example that many copied; it never had an effect.
    const text = '{"cookieName":"a","gclifetime":5,"noSuchThing":1,"enableSetCookie,omitempty":true}'
    expect(readManagerConfig(text)).toMatchObject({ cookieName: 'a', enableSetCookie: false })
    expect(failureOf(JSON.parse(text))).toBe('ERR_CONFIG_OPTION noSuchThing')
  })

  it('refuses what cannot work, and names the member', () => {
    const cases: [unknown, string][] = [
      [{ ...least, cookieName: '' }, 'ERR_CONFIG_COOKIE cookieName'],
      [{ ...least, cookieName: 'a b' }, 'ERR_CONFIG_COOKIE cookieName'],
      [{ gclifetime: 1 }, 'ERR_CONFIG_COOKIE cookieName'],
      [{ cookieName: 'a' }, 'ERR_CONFIG_DURATION maxLifetime'],
      [{ ...least, cookieName: 1 }, 'ERR_CONFIG_OPTION cookieName'],
      [{ ...least, gclifetime: '3600' }, 'ERR_CONFIG_OPTION gclifetime'],
      [{ ...least, maxLifetime: -1 }, 'ERR_CONFIG_OPTION maxLifetime'],
      [{ ...least, cookieLifeTime: 1.5 }, 'ERR_CONFIG_OPTION cookieLifeTime'],
      [{ ...least, secure: 'true' }, 'ERR_CONFIG_OPTION secure'],
      [{ ...least, enableSetCookie: 1 }, 'ERR_CONFIG_OPTION enableSetCookie'],
      [{ ...least, cookieSameSite: 5 }, 'ERR_CONFIG_OPTION cookieSameSite'],
      [{ ...least, sessionIDLength: 15 }, 'ERR_CONFIG_OPTION sessionIDLength'],
      [{ ...least, sessionIDLength: 129 }, 'ERR_CONFIG_OPTION sessionIDLength'],
      [{ ...least, sessionIDPrefix: 'a\n' }, 'ERR_CONFIG_OPTION sessionIDPrefix'],
      [{ ...least, enableSidInHTTPHeader: true }, 'ERR_CONFIG_OPTION sessionNameInHTTPHeader'],
      [
        { ...least, enableSidInHTTPHeader: true, sessionNameInHTTPHeader: 'a b' },
        'ERR_CONFIG_OPTION sessionNameInHTTPHeader',
      ],
      [
        { ...least, enableSidInHTTPHeader: true, sessionNameInHTTPHeader: 'Cookie' },
        'ERR_CONFIG_OPTION sessionNameInHTTPHeader',
      ],
      ['', 'ERR_CONFIG_OPTION config'],
      ['[]', 'ERR_CONFIG_OPTION config'],
      ['null', 'ERR_CONFIG_OPTION config'],
      [undefined, 'ERR_CONFIG_OPTION config'],
    ]
    expect(cases.map(([config]) => failureOf(config))).toEqual(cases.map(([, failure]) => failure))
  })

  it('never shows a text that is no JSON', () => {
    const text = '{"providerConfig":"10.0.0.1,100,canary",}'
    expect(() => readManagerConfig(text)).toThrow(/^config must be an object or a text of JSON\.$/)
    expect(failureOf(text)).toBe('ERR_CONFIG_OPTION config')
  })
})

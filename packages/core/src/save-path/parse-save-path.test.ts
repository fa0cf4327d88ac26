import { inspect } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isSessionError } from '../errors.ts'
import { parseSavePath, type SavePathOptions } from './parse-save-path.ts'
import type { BeegoProvider } from './servers.ts'

/** The error's code, or `''`. Anything but an error of this parser's own fails the test. */
function codeOf(text: string, options?: SavePathOptions): string {
  try {
    parseSavePath(text, options)
    return ''
  } catch (error) {
    expect(isSessionError(error) && error.code.startsWith('ERR_SAVE_PATH_'), inspect(error)).toBe(true)
    expect(inspect(error, { showHidden: true, depth: 9 })).not.toContain('canary')
    return isSessionError(error) ? error.code : ''
  }
}

describe('parseSavePath', () => {
  it('reads the three forms of one place as one', () => {
    const forms = [
      ' a:1;b:2,7,s%,3,main\n',
      '\t{"save_path":"a:1;b:2","poolsize":7,"password":"s%","db_num":3,"master_name":"main"} ',
      ' redis+sentinel://:s%25@a:1,b:2/3?master=main&poolSize=7 ',
    ].map(text => parseSavePath(text))
    expect(forms[1]).toEqual(forms[0])
    expect(forms[2]).toEqual(forms[0])
    expect(forms.map(({ password }) => password)).toEqual(['s%', 's%', 's%'])
  })

  it.each(['', ' ', '\n\t', '\u00a0'])('refuses %j as empty', text => {
    expect(() => parseSavePath(text)).toThrow(
      expect.objectContaining({ code: 'ERR_SAVE_PATH_EMPTY', field: 'savePath' }),
    )
  })

  it.each([undefined, null, 7, {}, ['a']])('refuses %j, which is no text', text => {
    expect(codeOf(text as unknown as string)).toBe('ERR_SAVE_PATH_EMPTY')
  })

  it('seals what it gives, in every form', () => {
    for (const text of ['a,1,canary', '{"save_path":"a","password":"canary"}', 'redis+sentinel://:canary@a']) {
      const path = parseSavePath(text)
      expect(path.password).toBe('canary')
      expect(JSON.stringify(path) + inspect(path, { showHidden: true })).not.toContain('canary')
      expect(
        path.topology === 'sentinel' && Object.isFrozen(path.sentinels) && Object.isFrozen(path.sentinels[0]),
      ).toBe(true)
    }
  })

  it('takes the topology of a URL from the URL', () => {
    expect(parseSavePath('redis://a', { provider: 'redis_cluster' }).topology).toBe('standalone')
  })

  it.each<[string, object, string]>([
    ['provider', { provider: 'mysql' }, 'provider'],
    ['provider of the prototype', { provider: 'constructor' }, 'provider'],
    ['option', { beegoFieldBugs: true }, 'beegoFieldBugs'],
  ])('refuses an unknown %s', (_, options, field) => {
    expect(() => parseSavePath('a', options)).toThrow(expect.objectContaining({ code: 'ERR_CONFIG_OPTION', field }))
  })
})

const provider = fc.constantFrom<BeegoProvider>('redis_sentinel', 'redis', 'redis_cluster')
const scheme = fc.constantFrom(
  'redis://',
  'rediss://',
  'redis+sentinel://',
  'redis+cluster://',
  'http://',
  'redis+x://',
)
const junk = fc.string({ unit: 'binary', maxLength: 12 })
const delimiter = fc.constantFrom(
  ':',
  '@',
  '/',
  '?',
  '#',
  ',',
  ';',
  '%',
  '&',
  '=',
  '[',
  ']',
  '{',
  '}',
  '"',
  '\\',
  ' ',
  '\n',
)
const noise = fc.array(fc.oneof(junk, delimiter), { maxLength: 4 }).map(parts => parts.join(''))

describe('whatever the text, parseSavePath', () => {
  const memberName = fc.constantFrom(
    'save_path',
    'poolsize',
    'password',
    'db_num',
    'idle_timeout',
    'Idle_Check_Frequency',
    'MAX_RETRIES',
    'master_name',
    '__proto__',
  )
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.array(fc.oneof(junk, fc.integer().map(String)), { maxLength: 10 }).map(fields => fields.join(',')),
    fc
      .array(fc.tuple(memberName, fc.jsonValue()), { maxLength: 9 })
      .map(members => JSON.stringify(Object.fromEntries(members))),
    fc.jsonValue().map(value => `{"save_path":"a","x":${JSON.stringify(value)}`),
    fc.tuple(scheme, fc.stringMatching(/^[a-z0-9@:/?#%[\],.=&-]{0,40}$/)).map(([start, rest]) => start + rest),
    fc.tuple(scheme, noise, noise, noise).map(([start, a, b, c]) => `${start}${a}@a${b}?master=${c}`),
  )

  it('throws nothing but its own errors', () => {
    const codes = new Set<string>()
    fc.assert(
      fc.property(text, provider, fc.boolean(), (text, provider, beegoFieldBug) => {
        codes.add(codeOf(text, { provider, beegoFieldBug }))
      }),
      { numRuns: 3000 },
    )
    // The texts reach every outcome.
    const all = ['', 'ERR_SAVE_PATH_EMPTY', 'ERR_SAVE_PATH_FIELD', 'ERR_SAVE_PATH_JSON', 'ERR_SAVE_PATH_URL']
    expect([...codes].sort()).toEqual(all)
  })

  it('shows the password in no error', () => {
    // In the place of the password, with anything around it that may also belong to it, and anything wrong elsewhere.
    const text = fc.oneof(
      fc.tuple(noise, noise, noise, noise).map(([a, b, c, d]) => `${a},${b},${c}canary${d}`),
      fc
        .tuple(noise, noise, noise)
        .map(([a, b, c]) => `{"save_path":${JSON.stringify(a)},"password":"${b}canary${c}"}`),
      fc
        .tuple(memberName, fc.jsonValue())
        .map(([name, value]) => JSON.stringify({ save_path: 'a', password: 'canary', [name]: value })),
      fc
        .tuple(memberName, fc.constantFrom('"canary"', '["canary"]', '{"x":"canary"}', '"canary', 'canary'))
        .map(([name, value]) => `{"save_path":"a","${name}":${value}}`),
      fc.tuple(scheme, noise, noise, noise).map(([start, a, b, c]) => `${start}u:${a}canary${b}@a${c}`),
    )
    let failed = 0
    fc.assert(
      fc.property(text, provider, (text, provider) => {
        if (codeOf(text, { provider }) !== '') failed++
      }),
      { numRuns: 3000 },
    )
    expect(failed).toBeGreaterThan(1000)
  })

  it('reads a good text with one change, or throws its own error, which never shows the password', () => {
    const good = [
      'a:26379;[::1]:26380,100,canary,3,mymaster,300,0,5',
      '{"save_path":"a:1;b","poolsize":"7","password":"canary","db_num":"3","master_name":"m","idle_timeout":"1m"}',
      'rediss+sentinel://user:canary@a:1,b/3?master=m&poolSize=7',
    ]
    const put = fc.oneof(fc.string({ unit: 'binary', maxLength: 3 }), fc.constantFrom(...',;:@/?#%&="{}[]\\ '), noise)
    let failed = 0
    fc.assert(
      fc.property(
        fc.constantFrom(...good),
        fc.nat(),
        fc.nat({ max: 6 }),
        put,
        provider,
        (text, place, cut, more, kind) => {
          const at = place % (text.length + 1)
          const changed = text.slice(0, at) + more + text.slice(at + cut)
          if (codeOf(changed, { provider: kind }) !== '') failed++
        },
      ),
      { numRuns: 3000 },
    )
    expect(failed).toBeGreaterThan(500)
  })

  it('reads the password itself out of every form, so that the canary was in its place', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[^,\s]{1,20}$/), password => {
        const texts = [
          `a,1,${password}`,
          JSON.stringify({ save_path: 'a', password }),
          `redis://:${encodeURIComponent(password)}@a`,
        ]
        expect(texts.map(text => parseSavePath(text).password)).toEqual([password, password, password])
      }),
    )
  })

  it('is done with 200 KB in far less time than a quadratic scan would take', () => {
    const units = [
      'a',
      '1',
      ' ',
      '.',
      ';',
      ',',
      ':',
      '[',
      ']',
      '@',
      '/',
      '?',
      '#',
      '&',
      '=',
      '%',
      '%41',
      '"',
      '{',
      '1h',
      '1.',
      'a;',
      'db=1&',
    ]
    const frames: [string, string][] = [
      ['', ''],
      ['a,', ''],
      ['a,1,p,0,m,', ',5'],
      ['a', 'b'],
      ['[', ']'],
      ['{"save_path":"a', '"}'],
      ['{"save_path":"a","idle_timeout":"', '"}'],
      ['{"save_path":"a","idle_timeout":"', '!"}'],
      ['{"save_path":', ''],
      ['redis+sentinel://', ''],
      ['redis+sentinel://u:', '@a'],
      ['redis+sentinel://a/', '!'],
      ['redis+sentinel://a?master=', ''],
      ['redis+sentinel://a?', '!'],
    ]
    for (const [before, after] of frames) {
      for (const unit of units) {
        const text = before + unit.repeat(200_000 / unit.length) + after
        // Anything worse than linear, 4 * 10^10 steps, would run into the time limit of the test.
        codeOf(text)
      }
    }
  })

  it('is not led into a deep recursion', () => {
    expect(codeOf(`{"save_path":"a","x":${'['.repeat(100_000)}`)).toBe('ERR_SAVE_PATH_JSON')
    const nested = '['.repeat(100_000) + ']'.repeat(100_000)
    expect(['', 'ERR_SAVE_PATH_JSON']).toContain(codeOf(`{"save_path":"a","x":${nested}}`))
  })
})

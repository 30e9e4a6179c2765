import { describe, expect, it } from 'vitest'
import { APP_ID, APPLICATION_NAME, lineOf, lineOfSyntaxError, parseApplications } from './applications.ts'
import { ApplicationsError, type ApplicationsFault } from './errors.ts'
import { PERMISSION } from './permissions.ts'

const ONE = { appId: 'id-1', name: 'app-one', permissions: ['users:read'] }
const TWO = { appId: 'id-2', name: 'app-two', permissions: ['*'], revokedAt: '2026-01-31T12:00:00Z' }

function faultsOf(text: string): readonly ApplicationsFault[] {
  try {
    parseApplications(text)
  } catch (error) {
    if (error instanceof ApplicationsError) return error.faults
    throw error
  }
  return []
}

function faultsIn(...entries: unknown[]): readonly ApplicationsFault[] {
  return faultsOf(JSON.stringify(entries, null, 1))
}

describe('an application registry', () => {
  it('is read by application ID', () => {
    const applications = parseApplications(JSON.stringify([ONE, TWO]))

    expect([...applications]).toEqual([
      ['id-1', ONE],
      ['id-2', TWO],
    ])
  })

  it('may be empty', () => {
    expect(parseApplications('[]').size).toBe(0)
  })

  it.each(['A', '0', 'a_b-C9', 'a'.repeat(128)])('takes the application ID %j', (appId) => {
    expect(faultsIn({ ...ONE, appId })).toEqual([])
  })

  it.each([
    '',
    'a'.repeat(129),
    '-a',
    '_a',
    '../a',
    'a/b',
    'a.b',
    'a b',
    'a\n',
    'ä',
    'a\0',
    1,
    null,
    undefined,
    ['id-1'],
  ])('refuses the application ID %j', (appId) => {
    expect(faultsIn({ ...ONE, appId })).toEqual([
      expect.objectContaining({ path: 'appId', message: `must match ${APP_ID.source}` }),
    ])
  })

  it.each(['a', 'a9-', 'apis', 'a'.repeat(63)])('takes the name %j', (name) => {
    expect(faultsIn({ ...ONE, name })).toEqual([])
  })

  it.each(['', 'a'.repeat(64), 'A', '9a', '-a', 'a_b', 'a/b', 'a\n', 1, null, undefined, ['app-one']])(
    'refuses the name %j',
    (name) => {
      expect(faultsIn({ ...ONE, name })).toEqual([
        expect.objectContaining({ path: 'name', message: `must match ${APPLICATION_NAME.source}` }),
      ])
    },
  )

  it.each(['api', 'edge', 'ca'])('refuses the name %j, which the system uses itself', (name) => {
    expect(faultsIn({ ...ONE, name })).toEqual([
      { line: 4, path: 'name', message: 'must not be api, edge, ca' },
    ])
  })

  it('refuses the same application ID twice', () => {
    expect(faultsIn(ONE, { ...TWO, appId: 'id-1' })).toEqual([
      { line: 10, path: 'appId', message: 'is in the list already' },
    ])
  })

  it('refuses the same name twice', () => {
    expect(faultsIn(ONE, { ...TWO, name: 'app-one' })).toEqual([
      { line: 11, path: 'name', message: 'is in the list already' },
    ])
  })

  it('does not call a missing application ID or name a repeated one', () => {
    const faults = faultsIn({ permissions: [] }, { permissions: [] })

    expect(faults.map(({ path, message }) => `${path} ${message.slice(0, 10)}`)).toEqual([
      'appId must match',
      'name must match',
      'appId must match',
      'name must match',
    ])
  })

  it('takes an application without permissions', () => {
    expect(faultsIn({ ...ONE, permissions: [] })).toEqual([])
  })

  it.each([undefined, null, '*', { 0: '*' }])('refuses %j in place of permissions', (permissions) => {
    expect(faultsIn({ ...ONE, permissions })).toEqual([
      expect.objectContaining({ path: 'permissions', message: 'must be an array' }),
    ])
  })

  it.each(['users', '', 1, null, ['*']])('refuses %j as a permission, with its place', (permission) => {
    expect(faultsIn({ ...ONE, permissions: ['users:read', permission] })).toEqual([
      { line: 7, path: 'permissions.1', message: `must match ${PERMISSION.source}` },
    ])
  })

  it.each(['2026-01-31T12:00:00Z', '2026-01-31T12:00:00.123Z', '2026-01-31T12:00:00+01:00'])(
    'takes %j as the time of a revocation',
    (revokedAt) => {
      expect(faultsIn({ ...ONE, revokedAt })).toEqual([])
    },
  )

  it.each([
    '',
    'yesterday',
    '2026-01-31',
    '2026-01-31T12:00',
    '2026-13-31T12:00:00Z',
    'on 2026-01-31T12:00:00Z',
    '+002026-01-31T12:00:00Z',
    '2026-01-31T12:00:00Z or so',
    null,
    false,
    1769860800000,
    ['2026-01-31T12:00:00Z'],
  ])('refuses %j as the time of a revocation', (revokedAt) => {
    expect(faultsIn({ ...ONE, revokedAt })).toEqual([
      {
        line: expect.any(Number),
        path: 'revokedAt',
        message: 'must be a time such as 2026-01-31T12:00:00Z',
      },
    ])
  })

  it('refuses an unknown field, because a misspelt revocation would revoke nothing', () => {
    expect(faultsIn({ ...ONE, revoked_at: '2026-01-31T12:00:00Z' })).toEqual([
      {
        line: 8,
        path: 'revoked_at',
        message: 'is not a field of an application',
      },
    ])
  })

  it('refuses `__proto__` as a field', () => {
    const text = `[{"__proto__": {}, ${JSON.stringify(ONE).slice(1)}]`

    expect(faultsOf(text)).toEqual([expect.objectContaining({ path: '__proto__' })])
  })

  it.each([null, 1, 'id-1', ['id-1'], true])('refuses %j as an entry', (entry) => {
    expect(faultsIn(ONE, entry)).toEqual([{ line: 9, path: '', message: 'must be an object' }])
  })

  it.each(['{}', 'null', '"list"', '1'])('refuses %s in place of a list', (text) => {
    expect(faultsOf(text)).toEqual([{ line: 1, path: '', message: 'must be an array of applications' }])
  })

  it('is named in its faults', () => {
    const atFault = (text: string) => () => parseApplications(text, 'list.json')

    expect(atFault('[{}]')).toThrow(/^list\.json:1: appId must match/)
    expect(atFault('[')).toThrow(/^list\.json:1: is not JSON/)
    expect(atFault('{}')).toThrow(/^list\.json:1: must be an array/)
    expect(() => parseApplications('{}')).toThrow(/^applications\.json:1: /)
  })

  it('reports all faults at once, each with its line', () => {
    const text = '[\n{"appId": "id 1",\n"name": "app-one",\n"permissions": ["users"]},\n{}\n]'

    expect(faultsOf(text).map(({ line, path }) => `${line} ${path}`)).toEqual([
      '2 appId',
      '4 permissions.0',
      '5 appId',
      '5 name',
      '5 permissions',
    ])
  })

  it.each([
    ['[\n{},\n{"a" 1}]', 3],
    ['[\n{},\n]', 3],
    ['[', 1],
    ['', 1],
  ])('says that %j is no JSON, and on which line', (text, line) => {
    expect(faultsOf(text)).toEqual([{ line, path: '', message: 'is not JSON' }])
  })
})

describe('an application registry in bytes', () => {
  const TEXT = '[\n  { "appId": "id-1", "name": "app-one", "permissions": [] }\n]'

  it('may begin with a byte order mark, as editors on Windows write it', () => {
    expect([...parseApplications(Buffer.from(`\uFEFF${TEXT}`)).keys()]).toEqual(['id-1'])
    expect([...parseApplications(`\uFEFF${TEXT}`).keys()]).toEqual(['id-1'])
  })

  it('has the right lines in its faults after a byte order mark', () => {
    expect(() => parseApplications(`\uFEFF${TEXT.replace('[]', '1')}`)).toThrow(
      'applications.json:2: permissions',
    )
    expect(() => parseApplications(`\uFEFF${TEXT.replace('[]', '')}`)).toThrow(
      'applications.json:2: is not JSON',
    )
  })

  it('may have a byte order mark nowhere else', () => {
    expect(() => parseApplications('[\uFEFF]')).toThrow('applications.json:1: is not JSON')
  })

  it('is refused in another encoding, with the line and the byte', () => {
    expect(() => parseApplications(Buffer.from(TEXT.replace('app-one', 'Élodie'), 'latin1'))).toThrow(
      'applications.json:2: is not UTF-8 (byte 33 is C9). Save it as UTF-8.',
    )
    expect(() => parseApplications(Buffer.from(`\uFEFF${TEXT}`, 'utf16le'))).toThrow(
      'applications.json:1: is UTF-16 (byte 1 is FF). Save it as UTF-8.',
    )
  })
})

describe('lineOf', () => {
  const text = `
[
  { "a": 1, "b": "a" },
  { "b": { "a": [1, 2] },

    "a": [
      "],}{[",
      2
    ] },
  null,
  5
]`

  it.each([
    [3, [0]],
    [3, [0, 'a']],
    [4, [1]],
    [4, [1, 'b', 'a', 1]],
    [6, [1, 'a']],
    [7, [1, 'a', 0]],
    [8, [1, 'a', 1]],
    [10, [2]],
    [11, [3]],
  ])('gives %d for %j', (line, path) => {
    expect(lineOf(text, path)).toBe(line)
  })

  it.each([
    [8, [1, 'a', 1, 'c']],
    [4, [1, 'c']],
    [4, [1, 'c', 0, 'd']],
    [2, [7, 'a']],
    [2, []],
  ])('gives %d, the nearest around it, for %j, which is not there', (line, path) => {
    expect(lineOf(text, path)).toBe(line)
  })

  it('gives 1 for an empty text', () => {
    expect(lineOf('', [0])).toBe(1)
  })
})

describe('lineOfSyntaxError', () => {
  it.each([
    ['a missing colon', 3, '[\n{},\n{"a" 1}]'],
    ['a comma too many in an entry', 3, '[\n{},\n{"a": 1,}\n]'],
    ['a comma too many behind an entry', 3, '[\n{},\n]'],
    ['a comment', 2, '[\n// none\n]'],
    ['an end that is missing', 3, '[\n{},\n{}'],
    ['nothing', 1, ''],
    ['a byte order mark', 1, '\ufeff[\n]'],
  ])('finds %s on line %d', (_, line, text) => {
    expect(lineOfSyntaxError(text)).toBe(line)
  })

  it('gives 1 when there is none', () => {
    expect(lineOfSyntaxError('\n[]')).toBe(1)
  })
})

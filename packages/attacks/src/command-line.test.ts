import { describe, expect, it } from 'vitest'
import { readCommandLine } from './command-line.ts'
import { UsageError } from './errors.ts'

describe('the command line', () => {
  it('means the API of npm start, unless it says something else', () => {
    const { url, audience, field, claim } = readCommandLine([])

    expect({ url: url.href, audience, field, claim }).toEqual({
      url: 'https://localhost:3000/whoami',
      audience: 'https://localhost:3000',
      field: 'x-token',
      claim: 'appId',
    })
  })

  it.each([
    [['https://api.example/me'], 'https://api.example/me'],
    [['https://api.example/me', '--path', '/users?limit=1'], 'https://api.example/users?limit=1'],
    [['http://localhost:8080'], 'http://localhost:8080/whoami'],
  ])('%j asks for %s', (args, href) => {
    expect(readCommandLine(args).url.href).toBe(href)
  })

  it('names the API by another origin than its URL', () => {
    expect(readCommandLine(['--audience', 'https://api.example']).audience).toBe('https://api.example')
  })

  it.each([
    [['localhost'], 'is no URL'],
    [['ftp://localhost'], 'is no URL'],
    [['https://a.example', 'https://b.example'], 'is one word too many'],
    [['--only', 'keys'], 'There is no group "keys". The groups: transport,'],
    [['--only', 'toString'], 'There is no group "toString"'],
    [['--verbose'], '--verbose'],
    [['--key'], '--key'],
  ])('%j is wrong', (args, message) => {
    expect(() => readCommandLine(args)).toThrow(UsageError)
    expect(() => readCommandLine(args)).toThrow(message)
  })
})

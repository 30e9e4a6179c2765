import { cpSync, mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { files } from '../test/tiny-api.ts'
import { openApplications, openAuthority, readCommandLine, UsageError } from './command-line.ts'

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

describe('the applications', () => {
  it('are app-two and app-one, as they were provisioned', () => {
    const { application, other } = openApplications(readCommandLine([]), provisioned())

    expect([application.appId, other?.appId]).toEqual(['e94a0b7731f5d26c', '7d1c6f0e2b8a4c53'])
  })

  it('are those of the options, and only those, once there is one', () => {
    const { application, other } = openApplications(readCommandLine(['--key', files.other]), provisioned())

    expect([application.appId, other]).toEqual(['7d1c6f0e2b8a4c53', undefined])
  })

  it('have the ID that is given', () => {
    const options = readCommandLine(['--key', files.key, '--app-id', 'mine'])

    expect(openApplications(options, provisioned()).application.appId).toBe('mine')
  })

  it('cannot be, where nothing is provisioned', () => {
    expect(() => openApplications(readCommandLine([]), '/none')).toThrow('There is no key to sign with')
  })
})

describe('the authority', () => {
  it('is the one that was provisioned, or the one that is named, or none', () => {
    expect(openAuthority(undefined, provisioned())).toContain('BEGIN CERTIFICATE')
    expect(openAuthority(files.ca, '/none')).toContain('BEGIN CERTIFICATE')
    expect(openAuthority(undefined, '/none')).toBeUndefined()
  })
})

function provisioned(): string {
  const secrets = mkdtempSync(join(tmpdir(), 'signet-secrets-'))
  for (const [name, file] of [
    ['app-one', files.other],
    ['app-two', files.key],
  ] as const) {
    mkdirSync(join(secrets, name))
    cpSync(file, join(secrets, name, file.slice(file.lastIndexOf('/'))))
  }
  cpSync(files.ca, join(secrets, 'ca.pem'))
  return secrets
}

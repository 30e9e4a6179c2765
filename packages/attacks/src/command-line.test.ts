import { cpSync, mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { files } from '../test/tiny-api.ts'
import { readAuthority, readCommandLine, readSigners, UsageError } from './command-line.ts'

describe('the command line', () => {
  it('is for the API of npm start by default', () => {
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
  ])('%j requests %s', (args, href) => {
    expect(readCommandLine(args).url.href).toBe(href)
  })

  it('may name an audience that is not the origin of the URL', () => {
    expect(readCommandLine(['--audience', 'https://api.example']).audience).toBe('https://api.example')
  })

  it.each([
    [['localhost'], 'is not a URL'],
    [['ftp://localhost'], 'is not a URL'],
    [['https://a.example', 'https://b.example'], 'is one argument too many'],
    [['--only', 'keys'], 'There is no group "keys". The groups: transport,'],
    [['--only', 'toString'], 'There is no group "toString"'],
    [['--verbose'], '--verbose'],
    [['--key'], '--key'],
  ])('%j is wrong', (args, message) => {
    expect(() => readCommandLine(args)).toThrow(UsageError)
    expect(() => readCommandLine(args)).toThrow(message)
  })
})

describe('the signers', () => {
  it('are the provisioned app-two and app-one', () => {
    const { application, other } = readSigners(readCommandLine([]), provisioned())

    expect([application.appId, other?.appId]).toEqual(['e94a0b7731f5d26c', '7d1c6f0e2b8a4c53'])
  })

  it('are those of the options only, once --key is given', () => {
    const { application, other } = readSigners(readCommandLine(['--key', files.other]), provisioned())

    expect([application.appId, other]).toEqual(['7d1c6f0e2b8a4c53', undefined])
  })

  it('include an application with the ID of --app-id', () => {
    const options = readCommandLine(['--key', files.key, '--app-id', 'mine'])

    expect(readSigners(options, provisioned()).application.appId).toBe('mine')
  })

  it('cannot be read where nothing is provisioned', () => {
    expect(() => readSigners(readCommandLine([]), '/none')).toThrow('There is no key to sign with')
  })
})

describe('the authority', () => {
  it('is the one of --ca, or the provisioned one, or none', () => {
    expect(readAuthority(undefined, provisioned())).toContain('BEGIN CERTIFICATE')
    expect(readAuthority(files.ca, '/none')).toContain('BEGIN CERTIFICATE')
    expect(readAuthority(undefined, '/none')).toBeUndefined()
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

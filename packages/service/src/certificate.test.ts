import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import type { Server as HttpsServer } from 'node:https'
import tls, { type SecureVersion } from 'node:tls'
import { selfSigned, writeTlsFiles } from '@signet/testing/certificates'
import { beforeAll, expect, test, vi } from 'vitest'
import { recordedLog } from '../test/recorded-log.ts'
import { serve } from '../test/serve.ts'
import type { TlsFiles } from './certificate.ts'
import { CertificateError, followCertificate, readCertificate, tlsFilesOf } from './certificate.ts'
import { ConfigError } from './config.ts'

const pair = await selfSigned()

test('reads a certificate and its key', () => {
  expect(readCertificate(writeTlsFiles(pair))).toEqual(pair)
})

test('refuses a key that belongs to another certificate', async () => {
  const { key } = await selfSigned()
  const files = writeTlsFiles({ ...pair, key })

  expect(faultOf(files)).toBe(
    `${files.keyFile} is not the key of ${files.certFile}: run \`npm run keys -- provision\``,
  )
})

test('names the file that is missing or invalid', () => {
  const missing = { ...writeTlsFiles(pair), certFile: '/nowhere/server.pem' }
  const brokenCert = writeTlsFiles({ ...pair, cert: pair.cert.slice(0, 100) })
  const brokenKey = writeTlsFiles(pair)
  writeFileSync(brokenKey.keyFile, 'secret')

  expect(faultOf(missing)).toMatch(/^\/nowhere\/server.pem does not exist: run/)
  expect(faultOf(brokenCert)).toMatch(/server.pem is not a PEM certificate: run/)
  expect(faultOf(brokenKey)).toMatch(/server.key is not a PEM private key: run/)
  expect(faultOf(brokenKey)).not.toContain('secret')
})

test('reads both TLS files from a configuration, or neither', () => {
  const both = { TLS_CERT_FILE: 'server.pem', TLS_KEY_FILE: 'server.key' }

  expect(tlsFilesOf(both)).toEqual({ certFile: 'server.pem', keyFile: 'server.key' })
  expect(tlsFilesOf({})).toBeUndefined()
})

test('names the variable that is missing if only one of the two is set', () => {
  expect(() => tlsFilesOf({ TLS_CERT_FILE: 'server.pem' })).toThrow(/^TLS_KEY_FILE is not set/)
  expect(() => tlsFilesOf({ TLS_KEY_FILE: 'server.key' })).toThrow(/^TLS_CERT_FILE is not set/)
  expect(() => tlsFilesOf({ TLS_KEY_FILE: 'server.key' })).toThrow(ConfigError)
})

const { DEFAULT_MIN_VERSION, DEFAULT_CIPHERS } = tls

beforeAll(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  // Node and OpenSSL have a minimum version, too. Without it, the test shows that the server has one.
  Object.assign(tls, { DEFAULT_MIN_VERSION: 'TLSv1', DEFAULT_CIPHERS: 'DEFAULT@SECLEVEL=0' })
  return () => {
    vi.useRealTimers()
    Object.assign(tls, { DEFAULT_MIN_VERSION, DEFAULT_CIPHERS })
  }
})

test('serves a renewed certificate to new connections, and still refuses versions below TLS 1.2', async () => {
  const { port, files } = await serveTls('old')
  const renewed = await selfSigned('new')
  expect(await nameServed(port)).toBe('old')

  writeFileSync(files.certFile, renewed.cert)
  writeFileSync(files.keyFile, renewed.key)
  vi.advanceTimersByTime(5000)

  expect(await nameServed(port)).toBe('new')
  await expect(nameServed(port, 'TLSv1.1')).rejects.toThrow(/version|protocol/i)
})

test('keeps the last valid pair while certificate and key do not match, and logs this once', async () => {
  const { port, files, lines } = await serveTls('old')
  const renewed = await selfSigned('new')

  writeFileSync(files.certFile, renewed.cert)
  vi.advanceTimersByTime(15_000)

  const reason = expect.stringContaining('is not the key of')
  expect(lines).toEqual([expect.objectContaining({ level: 'warn', reason })])
  expect(await nameServed(port)).toBe('old')

  writeFileSync(files.keyFile, renewed.key)
  vi.advanceTimersByTime(5000)

  expect(await nameServed(port)).toBe('new')
})

test('logs a renewed certificate once, and an unchanged one never', async () => {
  const { files, lines } = await serveTls('old')
  vi.advanceTimersByTime(15_000)
  expect(lines).toEqual([])

  const renewed = await selfSigned('new')
  writeFileSync(files.certFile, renewed.cert)
  writeFileSync(files.keyFile, renewed.key)
  vi.advanceTimersByTime(15_000)

  expect(lines).toEqual([expect.objectContaining({ level: 'info', file: files.certFile })])
})

test('stops reading the files when the server closes', async () => {
  const { server, files, lines } = await serveTls('old')
  server.close()
  await once(server, 'close')

  writeFileSync(files.certFile, 'broken')
  vi.advanceTimersByTime(5000)

  expect(lines).toEqual([])
})

function faultOf(files: TlsFiles): string {
  try {
    readCertificate(files)
  } catch (error) {
    if (error instanceof CertificateError) return error.message
  }
  throw new Error('the certificate was accepted')
}

async function serveTls(name: string) {
  const { log, lines } = recordedLog()
  const files = writeTlsFiles(await selfSigned(name))
  const current = readCertificate(files)
  const { server, port } = await serve(() => {}, { certificate: current, log })
  followCertificate(server as HttpsServer, { files, current, log })
  return { server, port, files, lines }
}

/** The common name in the certificate that the server sends on a new connection. */
async function nameServed(port: number, version: SecureVersion = 'TLSv1.2'): Promise<unknown> {
  const options = { port, rejectUnauthorized: false, minVersion: version, maxVersion: version }
  const socket = tls.connect(options)
  await once(socket, 'secureConnect')
  const { subject } = socket.getPeerCertificate()
  socket.destroy()
  return subject.CN
}

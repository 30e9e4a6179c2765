import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import type { Server as HttpsServer } from 'node:https'
import tls, { type SecureVersion } from 'node:tls'
import { beforeAll, expect, test, vi } from 'vitest'
import { recordedLog } from '../test/recorded-log.ts'
import { selfSigned, writeTlsFiles } from '../test/self-signed.ts'
import { serve } from '../test/serve.ts'
import { readCertificate } from './certificate.ts'
import { followCertificate } from './follow-certificate.ts'

const { DEFAULT_MIN_VERSION, DEFAULT_CIPHERS } = tls

beforeAll(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  // Node and OpenSSL have a floor of their own; without it the tests see ours.
  Object.assign(tls, { DEFAULT_MIN_VERSION: 'TLSv1', DEFAULT_CIPHERS: 'DEFAULT@SECLEVEL=0' })
  return () => {
    vi.useRealTimers()
    Object.assign(tls, { DEFAULT_MIN_VERSION, DEFAULT_CIPHERS })
  }
})

test('serves a renewed certificate to new connections, and still nothing below TLS 1.2', async () => {
  const { port, files } = await serveTls('old')
  const renewed = await selfSigned('new')
  expect(await nameServed(port)).toBe('old')

  writeFileSync(files.certFile, renewed.cert)
  writeFileSync(files.keyFile, renewed.key)
  vi.advanceTimersByTime(5000)

  expect(await nameServed(port)).toBe('new')
  await expect(nameServed(port, 'TLSv1.1')).rejects.toThrow(/version|protocol/i)
})

test('keeps the last good pair, and says so once, while certificate and key do not match', async () => {
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

test('says that a certificate is renewed once, and nothing of one that stays', async () => {
  const { files, lines } = await serveTls('old')
  vi.advanceTimersByTime(15_000)
  expect(lines).toEqual([])

  const renewed = await selfSigned('new')
  writeFileSync(files.certFile, renewed.cert)
  writeFileSync(files.keyFile, renewed.key)
  vi.advanceTimersByTime(15_000)

  expect(lines).toEqual([expect.objectContaining({ level: 'info', file: files.certFile })])
})

test('stops looking when the server closes', async () => {
  const { server, files, lines } = await serveTls('old')
  server.close()
  await once(server, 'close')

  writeFileSync(files.certFile, 'broken')
  vi.advanceTimersByTime(5000)

  expect(lines).toEqual([])
})

async function serveTls(name: string) {
  const { log, lines } = recordedLog()
  const files = writeTlsFiles(await selfSigned(name))
  const current = readCertificate(files)
  const { server, port } = await serve(() => {}, { certificate: current, log })
  followCertificate(server as HttpsServer, { files, current, log })
  return { server, port, files, lines }
}

/** The common name of the certificate that a new connection is shown. */
async function nameServed(port: number, version: SecureVersion = 'TLSv1.2'): Promise<unknown> {
  const options = { port, rejectUnauthorized: false, minVersion: version, maxVersion: version }
  const socket = tls.connect(options)
  await once(socket, 'secureConnect')
  const { subject } = socket.getPeerCertificate()
  socket.destroy()
  return subject.CN
}

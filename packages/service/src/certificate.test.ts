import { writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { selfSigned, writeTlsFiles } from '../test/self-signed.ts'
import { CertificateError, readCertificate } from './certificate.ts'
import type { TlsFiles } from './tls-files.ts'

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

test('names the file that is missing or broken', () => {
  const missing = { ...writeTlsFiles(pair), certFile: '/nowhere/server.pem' }
  const brokenCert = writeTlsFiles({ ...pair, cert: pair.cert.slice(0, 100) })
  const brokenKey = writeTlsFiles(pair)
  writeFileSync(brokenKey.keyFile, 'secret')

  expect(faultOf(missing)).toMatch(/^\/nowhere\/server.pem does not exist: run/)
  expect(faultOf(brokenCert)).toMatch(/server.pem is not a PEM certificate: run/)
  expect(faultOf(brokenKey)).toMatch(/server.key is not a PEM private key: run/)
  expect(faultOf(brokenKey)).not.toContain('secret')
})

function faultOf(files: TlsFiles): string {
  try {
    readCertificate(files)
  } catch (error) {
    if (error instanceof CertificateError) return error.message
  }
  throw new Error('the certificate was accepted')
}

import { expect, test } from 'vitest'
import { ConfigError } from './config.ts'
import { tlsFilesOf } from './tls-files.ts'

test('takes both TLS files from a configuration, or none', () => {
  const both = { TLS_CERT_FILE: 'server.pem', TLS_KEY_FILE: 'server.key' }

  expect(tlsFilesOf(both)).toEqual({ certFile: 'server.pem', keyFile: 'server.key' })
  expect(tlsFilesOf({})).toBeUndefined()
})

test('names the variable that is missing beside the other', () => {
  expect(() => tlsFilesOf({ TLS_CERT_FILE: 'server.pem' })).toThrow(/^TLS_KEY_FILE is not set/)
  expect(() => tlsFilesOf({ TLS_KEY_FILE: 'server.key' })).toThrow(/^TLS_CERT_FILE is not set/)
  expect(() => tlsFilesOf({ TLS_KEY_FILE: 'server.key' })).toThrow(ConfigError)
})

import { createServer } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { startFixture } from '../test/process.ts'
import { selfSigned, writeTlsFiles } from '../test/self-signed.ts'
import { listen } from './listen.ts'

test('names each faulty variable and exits 1, without a stack', async () => {
  const service = startFixture({ PORT: 'x', HOST: 'http://x' })

  expect(await service.exited).toBe(1)
  expect(service.errors()).toBe(
    'Failed:\n  HOST must be a host name or an IP address\n  PORT must be a whole number from 0 to 65535\n',
  )
})

test('says that the port is in use, and what to do', async () => {
  const other = createServer()
  onTestFinished(() => void other.close())
  const port = await listen(other, { host: '127.0.0.1', port: 0 })

  const service = startFixture({ PORT: String(port) })

  expect(await service.exited).toBe(1)
  expect(service.errors()).toBe(
    `Failed:\n  PORT ${port} is in use: stop the program that uses it, or set another\n`,
  )
})

test('says which TLS files do not match, and what to run', async () => {
  const { certFile, keyFile } = writeTlsFiles({ ...(await selfSigned()), key: (await selfSigned()).key })

  const service = startFixture({ TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile })

  expect(await service.exited).toBe(1)
  expect(service.errors()).toBe(
    `Failed:\n  ${keyFile} is not the key of ${certFile}: run \`npm run keys -- provision\`\n`,
  )
})

test('prints the code of an error without a message', async () => {
  const service = startFixture({ FAULT: 'surroundings' })

  expect(await service.exited).toBe(1)
  expect(service.errors()).toBe('Failed:\n  ECONNREFUSED\n')
})

test('prints the stack of an error that is the program’s own, without its secrets', async () => {
  const service = startFixture({ FAULT: 'program' })

  expect(await service.exited).toBe(1)
  expect(service.errors()).toMatch(/Error: with \[token\]\n {6}at /)
})

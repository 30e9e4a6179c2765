import { createPrivateKey, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { connect, createServer } from 'node:tls'
import { expect, onTestFinished, test } from 'vitest'
import { makeCaCertificate, makeKey, makeServerCertificate } from './certificates.ts'

const NOW = Date.now()
const DAY = 86_400_000

test.each(['localhost', '127.0.0.1', '::1', 'edge'])(
  'a server is trusted as %s by who trusts the CA',
  async (host) => {
    const { ca, server } = await makeBoth()
    const port = await listen(server)

    const socket = connect({ port, host: '127.0.0.1', ca: ca.certificate, ...nameOf(host) })
    await once(socket, 'secureConnect')

    expect(socket.authorized).toBe(true)
    expect(socket.getPeerX509Certificate()?.publicKey.asymmetricKeyDetails).toEqual({
      namedCurve: 'prime256v1',
    })
    socket.destroy()
  },
)

test('a server is not trusted under another name', async () => {
  const { ca, server } = await makeBoth()
  const port = await listen(server)

  const socket = connect({ port, host: '127.0.0.1', ca: ca.certificate, servername: 'api' })

  expect(await once(socket, 'error')).toMatchObject([{ code: 'ERR_TLS_CERT_ALTNAME_INVALID' }])
})

test('a CA may sign servers and nothing else, and a server nothing at all', async () => {
  const { ca, server } = await makeBoth()

  expect(new X509Certificate(ca.certificate).ca).toBe(true)
  expect(new X509Certificate(server.certificate).ca).toBe(false)
  expect(new X509Certificate(server.certificate).keyUsage).toEqual(['1.3.6.1.5.5.7.3.1'])
})

test('a server certificate ends with its CA at the latest', async () => {
  const end = new Date(Math.floor((NOW + 40 * DAY) / 1000) * 1000)
  const { server } = await makeBoth(end)

  expect(new X509Certificate(server.certificate).validToDate).toEqual(end)
})

async function makeBoth(validToDate = new Date(NOW + 3650 * DAY)) {
  const caKey = createPrivateKey(makeKey())
  const ca = { key: caKey, certificate: await makeCaCertificate(caKey, NOW), validToDate }
  const key = makeKey()
  const certificate = await makeServerCertificate({ service: 'edge', key: createPrivateKey(key), ca }, NOW)
  return { ca, server: { key, certificate } }
}

async function listen({ key, certificate }: { key: string; certificate: string }): Promise<number> {
  const server = createServer({ key, cert: certificate }).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

/** An address is no name that a client may ask for (RFC 6066 §3): it is compared with the certificate only. */
function nameOf(host: string) {
  if (!/^[\d:.]+$/.test(host)) return { servername: host }
  const checkServerIdentity = (_: string, { raw }: { raw: Buffer }) =>
    new X509Certificate(raw).checkIP(host) ? undefined : new Error(`${host} is not named`)
  return { checkServerIdentity }
}

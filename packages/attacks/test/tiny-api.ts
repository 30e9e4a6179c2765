import { once } from 'node:events'
import { mkdtempSync, writeFileSync } from 'node:fs'
import http, { type RequestListener } from 'node:http'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { authenticate, callerOf } from '@signet/auth/express'
import { selfSigned } from '@signet/testing/certificates'
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express'
import { onTestFinished } from 'vitest'
import { newSigner, type Signer } from '../src/signing.ts'
import { openVerifier } from './verifier.ts'

const AUDIENCE = 'https://api.example'
const certificate = await selfSigned()
const application = newSigner('e94a0b7731f5d26c')
const other = newSigner('7d1c6f0e2b8a4c53')

const folder = mkdtempSync(join(tmpdir(), 'signet-attacks-'))
export const files = {
  ca: written('ca.pem', certificate.cert),
  key: written(`${application.appId}_private.pem`, pemOf(application)),
  other: written(`${other.appId}_private.pem`, pemOf(other)),
}

/**
 * Serves an app on a free port until the test ends. `args` are the arguments with which the command tests it. `isPlain`
 * serves it over HTTP: each request has its own connection, and most of the time goes into TLS handshakes.
 */
export async function serve(app: RequestListener, { isPlain = false } = {}) {
  const server = (isPlain ? http.createServer(app) : https.createServer(certificate, app)).listen(
    0,
    'localhost',
  )
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const url = `${isPlain ? 'http' : 'https'}://localhost:${(server.address() as AddressInfo).port}`
  const args = [url, '--ca', files.ca, '--key', files.key, '--audience', AUDIENCE]
  return { url, args, both: [...args, '--other-key', files.other] }
}

/** A correct API. The handlers of `before` run first, and `refuse` answers what it refuses. */
export function correctApi({ before = [], refuse = sendCode, ...options }: ApiOptions = {}): Express {
  const { requireAudience = false, now = Date.now } = options
  const signers = [application, other]
  const { verifyToken } = openVerifier({ signers, audience: AUDIENCE, requireAudience, now })
  const app = express()
  for (const handler of before) app.use(handler)
  app.use(authenticate(verifyToken))
  app.get('/whoami', (req, res) => void res.json(callerOf(req)))
  app.use(refuse)
  return app
}

type ApiOptions = {
  before?: RequestHandler[]
  refuse?: ErrorRequestHandler
  requireAudience?: boolean
  now?: () => number
}

const sendCode: ErrorRequestHandler = ({ status, code }, _req, res, _next) =>
  void res.status(status).json({ code })

function written(name: string, text: string): string {
  const file = join(folder, name)
  writeFileSync(file, text)
  return file
}

function pemOf({ privateKey }: Signer): string {
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}

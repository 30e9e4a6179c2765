import { createServer } from 'node:https'
import express from 'express'
import { authenticate } from '../../packages/auth/src/express.ts'
import { createVerifier, openApplications, openKeyRing } from '../../packages/auth/src/index.ts'
import { AUDIENCE, type Fixture, RESPONSE } from '../fixture.ts'

/** The middleware of this repository. */
export function serve({ tls, applications, publicKeys }: Fixture) {
  const verifyToken = createVerifier({
    applications: openApplications({ file: applications }),
    keyRing: openKeyRing({ folder: publicKeys }),
    audiences: [AUDIENCE],
  })
  const app = express()
  app.use(authenticate(verifyToken))
  app.get('/whoami', (_req, res) => res.json(RESPONSE))
  return createServer(tls, app)
}

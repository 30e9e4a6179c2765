import { createServer } from 'node:https'
import express from 'express'
import { authenticate } from '../../packages/auth/src/express.ts'
import { createVerifier, openApplications, openKeyRing } from '../../packages/auth/src/index.ts'
import { ANSWER } from '../answer.ts'
import { AUDIENCE, type Stage } from '../stage.ts'

/** This repository. */
export function serve({ tls, applications, publicKeys }: Stage) {
  const verifyToken = createVerifier({
    applications: openApplications({ file: applications }),
    keyRing: openKeyRing({ folder: publicKeys }),
    audiences: [AUDIENCE],
  })
  const app = express()
  app.use(authenticate(verifyToken))
  app.get('/whoami', (_req, res) => res.json(ANSWER))
  return createServer(tls, app)
}

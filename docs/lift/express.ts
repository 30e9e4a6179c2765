import { createVerifier, openApplications, openKeyRing } from '@signet/auth'
import { authenticate, callerOf, requirePermission, sendRefusal } from '@signet/auth/express'
import express from 'express'

// The folder in which this runs has the application registry and the folder of public keys.
const { ORIGIN: origin = 'http://localhost:4000' } = process.env
const verifyToken = createVerifier({
  applications: openApplications({ file: 'applications.json' }),
  keyRing: openKeyRing({ folder: 'public-keys' }),
  audiences: [origin],
})

const app = express()
app.get('/healthz', (_req, res) => void res.json({ status: 'ok' }))

// Every route below needs a token.
app.use(authenticate(verifyToken))
app.get('/whoami', (req, res) => void res.json(callerOf(req)))
app.get('/reports', requirePermission('reports:read'), (req, res) => {
  res.json({ reports: [], for: callerOf(req).name })
})
app.use(sendRefusal)

app.listen(Number(new URL(origin).port), 'localhost', () => console.log(`listening at ${origin}`))

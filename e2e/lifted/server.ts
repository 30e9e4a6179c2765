import { AuthError, createVerifier, openApplications, openKeyRing } from '@signet/auth'
import { authenticate, callerOf, requirePermission } from '@signet/auth/express'
import express, { type ErrorRequestHandler } from 'express'

// The Express server of another project that uses the library. It runs in the folder of its application registry and keys.
const { ORIGIN = '' } = process.env
const verifyToken = createVerifier({
  applications: openApplications({ file: 'applications.json' }),
  keyRing: openKeyRing({ folder: 'public-keys' }),
  audiences: [ORIGIN],
})

const refuse: ErrorRequestHandler = (error, _req, res, next) => {
  if (!(error instanceof AuthError)) return next(error)
  res.status(error.status).set(error.headers).json({ code: error.code })
}

express()
  .use(authenticate(verifyToken))
  .get('/hello', requirePermission('hello:read'), (req, res) => void res.json({ hello: callerOf(req).name }))
  .get('/goodbye', requirePermission('goodbye:read'), (_req, res) => void res.json({}))
  .use(refuse)
  .listen(Number(new URL(ORIGIN).port), 'localhost', () => console.log('listening'))

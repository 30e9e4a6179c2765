import * as auth from '@signet/auth'
import fastify, { type FastifyRequest } from 'fastify'

// The folder in which this runs has the registry and the public keys.
const { ORIGIN: origin = 'http://localhost:4000' } = process.env
const verifyToken = auth.createVerifier({
  applications: auth.openApplications({ file: 'applications.json' }),
  keyRing: auth.openKeyRing({ folder: 'public-keys' }),
  audiences: [origin],
})
const callerOf = ({ raw }: FastifyRequest) => auth.verifyRequest(raw.rawHeaders, verifyToken).caller

const app = fastify()
app.setErrorHandler((error, _request, reply) => {
  const answer = auth.refusalAnswer(error)
  return answer ? reply.code(answer.status).headers(answer.headers).send(answer.body) : reply.send(error)
})

// Every request needs a token, also for a route that does not exist. A second look at a token costs no second verification.
app.addHook('onRequest', async (request) => void callerOf(request))
app.get('/whoami', async (request) => callerOf(request))
app.get('/reports', async (request) => {
  auth.checkPermission(callerOf(request), 'reports:read')
  return { reports: [], for: callerOf(request).name }
})

await app.listen({ port: Number(new URL(origin).port), host: 'localhost' })
console.log(`listening at ${origin}`)

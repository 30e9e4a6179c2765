import { createServer } from 'node:http'
import * as auth from '@signet/auth'

// The folder in which this runs has the application registry and the folder of public keys.
const { ORIGIN: origin = 'http://localhost:4000' } = process.env
const verifyToken = auth.createVerifier({
  applications: auth.openApplications({ file: 'applications.json' }),
  keyRing: auth.openKeyRing({ folder: 'public-keys' }),
  audiences: [origin],
})

const routes = new Map<string, (caller: auth.Caller) => unknown>()
routes.set('/whoami', (caller) => caller)
routes.set('/reports', (caller) => {
  auth.checkPermission(caller, 'reports:read')
  return { reports: [], for: caller.name }
})

const server = createServer((req, res) => {
  try {
    const { caller } = auth.verifyRequest(req.rawHeaders, verifyToken)
    const route = routes.get(new URL(String(req.url), origin).pathname)
    if (!route) return res.writeHead(404).end()
    res.setHeader('Content-Type', 'application/json').end(JSON.stringify(route(caller)))
  } catch (error) {
    const answer = auth.refusalAnswer(error) ?? { status: 500, headers: {}, body: '' }
    res.writeHead(answer.status, answer.headers).end(answer.body)
  }
})
server.listen(Number(new URL(origin).port), 'localhost', () => console.log(`listening at ${origin}`))

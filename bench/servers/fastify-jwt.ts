import jwt from '@fastify/jwt'
import fastify from 'fastify'
import { ANSWER } from '../answer.ts'
import type { Stage } from '../stage.ts'

/** Fastify with its own JWT plugin, which remembers verified tokens too. */
export async function serve({ tls, publicPem, privatePem }: Stage) {
  const app = fastify({ https: tls })
  await app.register(jwt, {
    secret: { public: publicPem, private: privatePem },
    sign: { algorithm: 'RS512' },
    verify: { algorithms: ['RS512'], cache: true },
  })
  app.addHook('onRequest', (req) => req.jwtVerify())
  app.get('/whoami', async () => ANSWER)
  await app.ready()
  return app.server
}

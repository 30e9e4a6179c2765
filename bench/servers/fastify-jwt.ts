import jwt from '@fastify/jwt'
import fastify from 'fastify'
import { type Fixture, RESPONSE } from '../fixture.ts'

/** Fastify with its own JWT plugin, which also remembers verified tokens. */
export async function serve({ tls, publicPem, privatePem }: Fixture) {
  const app = fastify({ https: tls })
  await app.register(jwt, {
    secret: { public: publicPem, private: privatePem },
    sign: { algorithm: 'RS512' },
    verify: { algorithms: ['RS512'], cache: true },
  })
  app.addHook('onRequest', (req) => req.jwtVerify())
  app.get('/whoami', async () => RESPONSE)
  await app.ready()
  return app.server
}

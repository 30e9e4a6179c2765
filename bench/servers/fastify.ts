import fastify from 'fastify'
import { type Fixture, RESPONSE } from '../fixture.ts'

/** Fastify with its defaults and without authentication. */
export async function serve({ tls }: Fixture) {
  const app = fastify({ https: tls })
  app.get('/whoami', async () => RESPONSE)
  await app.ready()
  return app.server
}

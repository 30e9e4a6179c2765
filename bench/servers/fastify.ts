import fastify from 'fastify'
import { ANSWER } from '../answer.ts'
import type { Stage } from '../stage.ts'

/** Fastify as it comes, without authentication. */
export async function serve({ tls }: Stage) {
  const app = fastify({ https: tls })
  app.get('/whoami', async () => ANSWER)
  await app.ready()
  return app.server
}

import { setTimeout } from 'node:timers/promises'
import express from 'express'
import { z } from 'zod'
import { host, port } from '../src/config.ts'
import { createLog, createReadiness, readConfig, run, start, tlsFilesOf } from '../src/index.ts'

const schema = z.object({
  HOST: host,
  PORT: port(0),
  TLS_CERT_FILE: z.string().optional(),
  TLS_KEY_FILE: z.string().optional(),
  FAULT: z.enum(['external', 'program', 'close']).optional(),
})

const TOKEN = 'eyJhbGciOiJSUzUxMiJ9.eyJhcHBJZCI6IngifQ.c2ln'

/** A service like those of the apps. Tests start it as a process and stop it by signals. */
await start(async () => {
  const config = readConfig(schema)
  if (config.FAULT === 'external') throw Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' })
  if (config.FAULT === 'program') throw new Error(`with ${TOKEN}`)
  const log = createLog({ name: 'fixture', level: 'info' })
  const readiness = createReadiness({ checks: {}, log })
  const app = express()
  app.get('/', (_req, res) => void res.send('here'))
  app.get('/slow', async (_req, res) => {
    log.info('slow request')
    await new Promise((resolve) => {
      for (const signal of ['SIGTERM', 'SIGHUP']) process.once(signal, resolve)
    })
    await setTimeout(100)
    res.json({ failing: await readiness.failing() })
  })
  app.get('/never', () => log.info('endless request'))
  app.get('/crash', () => {
    setImmediate(() => {
      throw new Error(`with ${TOKEN}`)
    })
  })
  const close = () => {
    log.info('closed')
    if (config.FAULT === 'close') throw Object.assign(new Error('not closed'), { code: 'close_failed' })
  }
  await run({ app, host: config.HOST, port: config.PORT, tls: tlsFilesOf(config), log, readiness, close })
})

import { openTokenSource } from '@signet/auth'
import { createLog, createReadiness, run, start } from '@signet/service'
import { logNotices, readWebConfig } from '@signet/web'
import { openApi } from './api.ts'
import { createApp } from './app.ts'
import { site } from './orders.ts'

start(async () => {
  const config = readWebConfig({ name: site.name, port: 3002 })
  const log = createLog({ name: site.name, level: config.LOG_LEVEL })
  const tokens = openTokenSource({
    file: config.keyFile,
    audience: config.API_URL,
    lifetime: config.TOKEN_LIFETIME,
    onNotice: logNotices(log),
  })
  const api = openApi({ ca: config.ca, tokens })
  const readiness = createReadiness({ checks: {}, log })
  const { publicHosts, SITE_LINKS: links } = config
  const app = createApp({ api, readiness, log, publicHosts, links })
  await run({ app, host: config.HOST, port: config.PORT, tls: config.tls, log, readiness, close: api.close })
})

import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { methodNotAllowed } from '@signet/service'
import { type Response, Router } from 'express'
import helmet from 'helmet'

/**
 * The reference page for people at `/docs`. `/` redirects to it. In the browser, Swagger UI draws it from `/openapi.json`.
 * Each file is named here. No folder is served, so no request can leave one. Files are read on request.
 */
export function docs(): Router {
  const router = Router()
  const onlyRead = methodNotAllowed('GET', 'HEAD')

  router
    .route('/')
    .get((_req, res) => res.redirect('/docs'))
    .all(onlyRead)
  router
    .route('/docs')
    .get(pagePolicy, (_req, res) => send(res, asset('docs.html'), 0))
    .all(onlyRead)
  for (const file of FILES)
    router
      .route(`/docs/${basename(file)}`)
      .get((_req, res) => send(res, file, HOUR))
      .all(onlyRead)

  return router
}

/** Allows scripts and styles of this origin only, and nothing inline. A token entered in the page is sent only to it. */
const pagePolicy = helmet.contentSecurityPolicy({
  useDefaults: false,
  directives: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'"],
    connectSrc: ["'self'"],
    // The stylesheet of Swagger UI holds its icons as data URLs.
    imgSrc: ["'self'", 'data:'],
    formAction: ["'none'"],
    frameAncestors: ["'none'"],
    baseUri: ["'none'"],
  },
})

const { resolve } = createRequire(import.meta.url)
const asset = (name: string) => join(import.meta.dirname, '../assets', name)

const FILES = [
  resolve('swagger-ui-dist/swagger-ui-bundle.js'),
  resolve('swagger-ui-dist/swagger-ui.css'),
  asset('docs.js'),
  asset('docs.css'),
  asset('mark.svg'),
]

/** Milliseconds for which a browser caches a file. */
const HOUR = 3_600_000

// Without `root`, a checkout below a folder such as ~/.src counts as a hidden file and is not sent.
function send(res: Response, file: string, maxAge: number): void {
  res.sendFile(basename(file), { root: dirname(file), maxAge })
}

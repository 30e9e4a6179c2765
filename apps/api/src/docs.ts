import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { methodNotAllowed } from '@signet/service'
import { type Response, Router } from 'express'
import helmet from 'helmet'

/**
 * The reference page for people, at `/docs`; `/` leads to it. In the browser, Swagger UI draws it from `/openapi.json`.
 * Each file is named here: no folder is served, so that no request can leave one. Files are read when they are asked for.
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

/** Scripts and styles from this origin only, none of them inline; a token that is typed into the page is sent only to it. */
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

/** Milliseconds for which a browser does not ask for a file again. */
const HOUR = 3_600_000

// Without `root`, a checkout below a folder such as ~/.src counts as a hidden file and is not sent.
function send(res: Response, file: string, maxAge: number): void {
  res.sendFile(basename(file), { root: dirname(file), maxAge })
}

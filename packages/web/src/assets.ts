import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { type RequestHandler, type Response, Router } from 'express'

/** The three files that pages need, each named here: no folder is served, so none can be walked out of. */
export function assets(): RequestHandler {
  const own = join(import.meta.dirname, '..', 'assets')
  const router = Router()
  router.get('/pico.css', (_request, response) => send(response, PICO))
  router.get('/signet.css', (_request, response) => send(response, join(own, 'signet.css')))
  router.get('/mark.svg', (_request, response) => send(response, join(own, 'mark.svg')))
  return router
}

const PICO = createRequire(import.meta.url).resolve('@picocss/pico/css/pico.classless.min.css')

// `root` matters: without it a checkout below a folder such as ~/.src counts as a hidden file and is not sent.
function send(response: Response, file: string): void {
  response.sendFile(basename(file), { root: dirname(file), maxAge: '1h' })
}

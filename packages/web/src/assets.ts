import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { type RequestHandler, type Response, Router } from 'express'

/** Serves the three files that pages need. Each one is named here, and no folder is served, so no other file can be read. */
export function assets(): RequestHandler {
  const own = join(import.meta.dirname, '..', 'assets')
  const router = Router()
  router.get('/pico.css', (_request, response) => send(response, PICO))
  router.get('/signet.css', (_request, response) => send(response, join(own, 'signet.css')))
  router.get('/mark.svg', (_request, response) => send(response, join(own, 'mark.svg')))
  return router
}

const PICO = createRequire(import.meta.url).resolve('@picocss/pico/css/pico.classless.min.css')

// Without `root`, a checkout below a folder such as ~/.src would count as a hidden file, which Express does not send.
function send(response: Response, file: string): void {
  response.sendFile(basename(file), { root: dirname(file), maxAge: '1h' })
}

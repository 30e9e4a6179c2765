import type { RequestHandler } from 'express'
import { Problem } from './problem.ts'

/** Refuses what no route has taken. It stands behind all routes. */
export function notFound(): RequestHandler {
  return () => {
    throw new Problem('not_found')
  }
}

/** Refuses what the routes of one path have left. It stands behind them: `app.all(path, methodNotAllowed('GET'))`. */
export function methodNotAllowed(...allowed: string[]): RequestHandler {
  const methods = allowed.join(', ')
  return () => {
    throw new Problem('method_not_allowed', { detail: `Use ${methods}.`, headers: { Allow: methods } })
  }
}

import type { RequestHandler } from 'express'
import { visitOf } from './visit.ts'

/** Lets every page below link to the lab. Stands behind `logRequests`, since a visit needs its request ID. */
export function linkToLab(url: string): RequestHandler {
  return (_request, response, next) => {
    visitOf(response).labUrl = url
    next()
  }
}

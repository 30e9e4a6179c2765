import { methodNotAllowed } from '@signet/service'
import { pageContext, parseId, parseQuery, sendPage } from '@signet/web'
import { Router } from 'express'
import { z } from 'zod'
import type { Api } from './api.ts'
import { peoplePage } from './people-view.ts'
import { personPage } from './person-view.ts'
import { site } from './site.ts'

/** The people directory: `/` searches and turns pages, `/people/:id` is one person. */
export function people(api: Api): Router {
  const router = Router()

  router
    .route('/')
    .get(async (request, response) => {
      const query = parseQuery(peopleQuery, request.query)
      const { data, next } = await api.listUsers(pageContext(response), query)
      await sendPage(response, site, peoplePage(data, { ...query, next }))
    })
    .all(methodNotAllowed('GET', 'HEAD'))

  router
    .route('/people/:id')
    .get(async (request, response) => {
      const { data } = await api.findUser(pageContext(response), parseId(request.params.id))
      await sendPage(response, site, personPage(data))
    })
    .all(methodNotAllowed('GET', 'HEAD'))

  return router
}

/** An empty search field is no search. What the values may hold is for the API to say. */
const given = z
  .string()
  .optional()
  .transform((text) => text?.trim() || undefined)
const peopleQuery = z.object({ search: given, after: given })

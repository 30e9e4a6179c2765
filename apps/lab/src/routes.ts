import { GROUPS, type Group, TargetError } from '@signet/attacks'
import { methodNotAllowed, Problem } from '@signet/service'
import { pageContext, parseQuery, sendPage } from '@signet/web'
import { Router } from 'express'
import { z } from 'zod'
import { attemptPage } from './attempt-view.ts'
import type { Catalogue, Entry } from './catalogue.ts'
import { type Addresses, foundPage, groupPage, homePage } from './home-view.ts'
import type { Attempt, Laboratory } from './laboratory.ts'
import { probePage } from './probe-view.ts'
import { assertRedacted } from './redact.ts'
import { site } from './site.ts'

/**
 * The pages of the lab. `POST /attacks/:id` sends an attack. A visitor can only choose an attack, and has no influence on what
 * is forged.
 */
export function routes({ catalogue, laboratory, addresses }: RoutesOptions): Router {
  const router = Router()

  router
    .route('/')
    .get(async (request, response) => {
      const { search } = parseQuery(searchQuery, request.query)
      const page = search ? foundPage(catalogue, search) : homePage(catalogue, addresses)
      await sendPage(response, site, page)
    })
    .all(methodNotAllowed('GET', 'HEAD'))

  router
    .route('/groups/:group')
    .get(async (request, response) => {
      const { group } = request.params
      if (!Object.hasOwn(GROUPS, group)) throw new Problem('not_found')
      await sendPage(response, site, groupPage(catalogue, group as Group))
    })
    .all(methodNotAllowed('GET', 'HEAD'))

  router
    .route('/attacks/:id')
    .get(async (request, response) => {
      await sendPage(response, site, probePage(catalogue, find(request.params.id)))
    })
    .post(async (request, response) => {
      const attempt = await send(find(request.params.id), pageContext(response).requestId)
      await sendPage(response, site, await assertRedacted(attemptPage(catalogue, attempt)))
    })
    .all(methodNotAllowed('GET', 'HEAD', 'POST'))

  return router

  function find(id: string): Entry {
    const entry = catalogue.find(id)
    if (!entry) throw new Problem('not_found')
    return entry
  }

  async function send(entry: Entry, requestId: string): Promise<Attempt> {
    try {
      return await laboratory.attempt(entry, requestId)
    } catch (error) {
      if (!(error instanceof TargetError)) throw error
      throw new Problem('api_unreachable', { reason: error.code })
    }
  }
}

type RoutesOptions = { catalogue: Catalogue; laboratory: Laboratory; addresses: Addresses }

const searchQuery = z.object({
  search: z
    .string()
    .max(100)
    .optional()
    .transform((text) => text?.trim()),
})

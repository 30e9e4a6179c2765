import { requirePermission } from '@signet/auth/express'
import { methodNotAllowed, Problem } from '@signet/service'
import { Router } from 'express'
import type { Db } from '../database/db.ts'
import { validate } from '../http/body.ts'
import { sendList } from '../http/list.ts'
import { Id, UserQuery } from '../schemas.ts'
import { findUser, listUsers } from './queries.ts'

export function users(db: Db): Router {
  const router = Router()
  const mayRead = requirePermission('users:read')

  router
    .route('/users')
    .get(mayRead, async (req, res) => {
      const query = validate(UserQuery, req.query)
      await sendList(req, res, query, (query) => listUsers(db, query))
    })
    .all(methodNotAllowed('GET', 'HEAD'))

  router
    .route('/users/:id')
    .get(mayRead, async (req, res) => {
      const { data: id } = Id.safeParse(req.params.id)
      const user = id && (await findUser(db, id))
      if (!user) throw new Problem('not_found', { detail: 'There is no user with this ID.' })
      res.json(user)
    })
    .all(methodNotAllowed('GET', 'HEAD'))

  return router
}

import { Problem } from '@signet/service'
import { z } from 'zod'
import type { Db } from '../database/db.ts'
import { sendList } from '../http/list.ts'
import { type Route, route } from '../http/route.ts'
import { Id, User, UserQuery } from '../schemas.ts'
import { findUser, listUsers } from './queries.ts'

export const users = (db: Db): Route[] => [
  route(
    {
      method: 'get',
      path: '/users',
      permission: 'users:read',
      tag: 'Users',
      summary: 'The users',
      query: UserQuery,
      answer: z.array(User),
    },
    ({ query }, req, res) => sendList(req, res, query, (query) => listUsers(db, query)),
  ),
  route(
    {
      method: 'get',
      path: '/users/:id',
      permission: 'users:read',
      tag: 'Users',
      summary: 'One user',
      answer: User,
    },
    async (_, req, res) => {
      const { data: id } = Id.safeParse(req.params.id)
      const user = id && (await findUser(db, id))
      if (!user) throw new Problem('not_found', { detail: 'There is no user with this ID.' })
      res.json(user)
    },
  ),
]

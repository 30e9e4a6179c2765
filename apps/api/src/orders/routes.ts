import { callerOf } from '@signet/auth/express'
import { Problem } from '@signet/service'
import { z } from 'zod'
import type { Db } from '../database/db.ts'
import { sendList } from '../http/list.ts'
import { type Route, route } from '../http/route.ts'
import { Id, IdempotencyHeader, NewOrder, Order, OrderQuery } from '../schemas.ts'
import { OrderError } from './idempotency.ts'
import { createOrder, findOrder, listOrders } from './queries.ts'

export const orders = (db: Db): Route[] => [
  route(
    {
      method: 'get',
      path: '/orders',
      permission: 'orders:read',
      tag: 'Orders',
      summary: 'The orders',
      query: OrderQuery,
      answer: z.array(Order),
    },
    ({ query }, req, res) => sendList(req, res, query, (query) => listOrders(db, query)),
  ),
  route(
    {
      method: 'post',
      path: '/orders',
      permission: 'orders:write',
      tag: 'Orders',
      summary: 'Place an order',
      headers: IdempotencyHeader,
      body: NewOrder,
      status: 201,
      answer: Order,
    },
    async ({ headers, body }, req, res) => {
      const idempotencyKey = headers['Idempotency-Key']
      const { appId: createdBy } = callerOf(req)
      const context = { createdBy, requestId: req.id, traceId: req.trace.id, idempotencyKey }
      const order = await createOrder(db, body, context).catch(explain)
      res.location(`/orders/${order.id}`).json(order)
    },
  ),
  route(
    {
      method: 'get',
      path: '/orders/:id',
      permission: 'orders:read',
      tag: 'Orders',
      summary: 'One order',
      answer: Order,
    },
    async (_, req, res) => {
      const { data: id } = Id.safeParse(req.params.id)
      const order = id && (await findOrder(db, id))
      if (!order) throw new Problem('not_found', { detail: 'There is no order with this ID.' })
      res.json(order)
    },
  ),
]

function explain(error: unknown): never {
  if (!(error instanceof OrderError)) throw error
  if (error.code === 'idempotency_key_reused') throw new Problem(error.code)
  const errors = [{ path: 'userId', message: 'There is no user with this ID.' }]
  throw new Problem('invalid_request', { detail: 'Unknown userId.', errors })
}

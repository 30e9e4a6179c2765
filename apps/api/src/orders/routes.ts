import { callerOf, requirePermission } from '@signet/auth/express'
import { methodNotAllowed, Problem } from '@signet/service'
import { type Request, Router } from 'express'
import type { Db } from '../database/db.ts'
import { readJson, validate } from '../http/body.ts'
import { sendList } from '../http/list.ts'
import { Id, IdempotencyHeader, NewOrder, OrderQuery } from '../schemas.ts'
import { OrderError } from './idempotency.ts'
import { createOrder, findOrder, listOrders } from './queries.ts'

export function orders(db: Db): Router {
  const router = Router()
  const mayRead = requirePermission('orders:read')
  const mayWrite = requirePermission('orders:write')

  router
    .route('/orders')
    .get(mayRead, async (req, res) => {
      const query = validate(OrderQuery, req.query)
      await sendList(req, res, query, (query) => listOrders(db, query))
    })
    .post(mayWrite, readJson, async (req, res) => {
      const idempotencyKey = readIdempotencyKey(req)
      const input = validate(NewOrder, req.body)
      const context = { createdBy: callerOf(req).appId, requestId: req.id, idempotencyKey }
      const order = await createOrder(db, input, context).catch(explain)
      res.status(201).location(`/orders/${order.id}`).json(order)
    })
    .all(methodNotAllowed('GET', 'HEAD', 'POST'))

  router
    .route('/orders/:id')
    .get(mayRead, async (req, res) => {
      const { data: id } = Id.safeParse(req.params.id)
      const order = id && (await findOrder(db, id))
      if (!order) throw new Problem('not_found', { detail: 'There is no order with this ID.' })
      res.json(order)
    })
    .all(methodNotAllowed('GET', 'HEAD'))

  return router
}

/** Node joins a repeated header to `a, b`. The schema refuses the space in it. */
function readIdempotencyKey(req: Request): string | undefined {
  return validate(IdempotencyHeader, { 'Idempotency-Key': req.get('idempotency-key') })['Idempotency-Key']
}

function explain(error: unknown): never {
  if (!(error instanceof OrderError)) throw error
  if (error.code === 'idempotency_key_reused') throw new Problem(error.code)
  const errors = [{ path: 'userId', message: 'There is no user with this ID.' }]
  throw new Problem('invalid_request', { detail: 'Unknown userId.', errors })
}

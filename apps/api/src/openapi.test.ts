import type { IRouter } from 'express'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { type Call, startApi } from '../test/api.ts'
import { describeApi } from './openapi.ts'
import type { Order } from './schemas.ts'

const api = await startApi()
const { body: description, headers } = await api.call<Description>('/openapi.json', {
  as: null,
})
const operations = Object.entries(description.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, operation })),
)

test('is JSON of OpenAPI 3.1', () => {
  expect(headers['content-type']).toMatch(/^application\/json/)
  expect(description.openapi).toBe('3.1.0')
  expect(description.info).toMatchObject({ title: expect.any(String), version: expect.any(String) })
  expect(description.components.securitySchemes.token).toMatchObject({
    type: 'apiKey',
    in: 'header',
    name: 'x-token',
  })
})

test('links to the pages that the configuration names', () => {
  const links = [{ name: 'app-one', url: 'http://localhost:3001' }]

  expect(describeApi([], links).info.description).toContain('[app-one](http://localhost:3001)')
  expect(describeApi([]).info.description).toMatch(/^The central API: users and orders\..* 400\.$/)
})

test('describes every route and no other, except those of the reference page', () => {
  const routes = routesOf(api.app.router).filter((name) => !/^GET \/(docs.*)?$/.test(name))

  expect(operations.map(({ name }) => name).toSorted()).toEqual(routes.toSorted())
})

test('every operation has a success and a problem, and every parameter has a schema', () => {
  for (const { name, operation } of operations) {
    const { responses, parameters = [] } = operation
    expect([name, Object.keys(responses)]).toEqual([name, [expect.stringMatching(/^20[01]$/), 'default']])
    for (const parameter of parameters)
      expect(parameter).toMatchObject({ schema: { type: expect.any(String) } })
    const inPath = [...name.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => parameter)
    expect(parameters.filter((p) => p.in === 'path').map((p) => p.name)).toEqual(inPath)
  }
})

test('every reference has a target', () => {
  const references = [...JSON.stringify(description).matchAll(/"\$ref":"#\/([^"]+)"/g)]

  expect(references).not.toHaveLength(0)
  for (const [, path = ''] of references)
    expect(path.split('/').reduce((at: unknown, key) => Object(at)[key], description)).toBeTypeOf('object')
})

test('says for the open routes, and only for them, that they need no token', async () => {
  expect(description.security).toEqual([{ token: [] }])
  for (const { name, operation } of operations) {
    const [method = '', path = ''] = name.split(' ')
    const { status } = await api.call(path, { as: null, method })
    expect([name, operation.security]).toEqual([name, status === 401 ? undefined : []])
  }
})

test('names the permission that the route really needs', async () => {
  for (const { name, operation } of operations.filter(({ operation }) => operation.description)) {
    const [method = '', path = ''] = name.split(' ')
    const { body } = await api.call(path, { as: 'none', method })
    expect([name, operation.description]).toEqual([name, `Needs the permission ${Object(body).permission}.`])
  }
})

describe('the answer is as described:', () => {
  const order = { userId: 'u-001', item: 'Desk lamp', quantity: 1 }
  const tests: [operation: string, status: string, path: string, sent?: Call][] = [
    ['GET /users', '200', '/users'],
    ['GET /users/{id}', '200', '/users/u-001'],
    ['GET /orders', '200', '/orders'],
    ['POST /orders', '201', '/orders', { body: order }],
    ['GET /whoami', '200', '/whoami'],
    ['GET /healthz', '200', '/healthz'],
    ['GET /readyz', '200', '/readyz'],
    ['GET /openapi.json', '200', '/openapi.json'],
    ['GET /users', 'default', '/users', { as: null }],
    ['GET /users', 'default', '/users', { as: 'none' }],
    ['GET /users', 'default', '/users?limit=0'],
    ['GET /users/{id}', 'default', '/users/none'],
    ['POST /orders', 'default', '/orders', { body: {} }],
  ]

  test.each(tests)('%s %s %s %o', async (operation, status, path, sent = {}) => {
    const answer = await api.call<unknown>(path, sent)

    if (status !== 'default') expect(answer.status).toBe(Number(status))
    expect(schemaOf(operation, status, answer.headers['content-type']).safeParse(answer.body)).toMatchObject({
      success: true,
    })
  })

  test('GET /orders/{id} 200', async () => {
    const { body } = await api.call<Order>('/orders', { body: order })
    const answer = await api.call<unknown>(`/orders/${body.id}`)

    expect(schemaOf('GET /orders/{id}', '200', 'application/json').safeParse(answer.body).success).toBe(true)
  })

  test('GET /readyz default', async () => {
    const unready = await startApi()
    await unready.db.destroy()
    const { status, body, headers } = await unready.call<unknown>('/readyz')

    expect(status).toBe(503)
    expect(schemaOf('GET /readyz', 'default', headers['content-type']).safeParse(body).success).toBe(true)
  })

  test('these tests notice an answer that does not match its description', () => {
    const schema = schemaOf('GET /users/{id}', '200', 'application/json')

    expect(schema.safeParse({ id: 'u-001', name: 'x' }).success).toBe(false)
    expect(schema.safeParse({ id: 'u-001', name: 'x', email: 'x@example.com', more: 1 }).success).toBe(false)
  })
})

test('describes the limits of an order', () => {
  expect(description.components.schemas.NewOrder).toMatchObject({
    required: ['userId', 'item', 'quantity'],
    additionalProperties: false,
    properties: {
      item: { type: 'string', minLength: 1, maxLength: 200 },
      quantity: { type: 'integer', minimum: 1, maximum: 1000 },
    },
  })
})

test('describes the key that makes a repeated order safe', () => {
  const place = operations.find(({ name }) => name === 'POST /orders')?.operation

  expect(place?.parameters).toContainEqual(expect.objectContaining({ in: 'header', name: 'Idempotency-Key' }))
})

test('describes the direction of the list of orders', () => {
  const list = operations.find(({ name }) => name === 'GET /orders')?.operation

  expect(list?.parameters).toContainEqual(
    expect.objectContaining({
      name: 'order',
      schema: expect.objectContaining({ type: 'string', enum: ['asc', 'desc'], default: 'asc' }),
    }),
  )
})

test('describes the limit of a page as a number', () => {
  const limits = operations.flatMap(({ operation }) =>
    (operation.parameters ?? []).filter(({ name }) => name === 'limit'),
  )

  expect(limits).toHaveLength(2)
  for (const { schema } of limits) expect(schema).toMatchObject({ type: 'integer', minimum: 1, maximum: 100 })
})

type Description = {
  openapi: string
  security: object[]
  info: object
  paths: Record<string, Record<string, Operation>>
  components: Record<'schemas' | 'securitySchemes', Record<string, object>>
}

type Operation = {
  description?: string
  security?: object[]
  parameters?: { name: string; in: string; schema: object }[]
  responses: Record<string, { content: Record<string, { schema: object }> }>
}

/** Reads the routes from the router itself, so that none can be missing here. */
function routesOf({ stack }: Pick<IRouter, 'stack'>): string[] {
  return stack.flatMap(({ route, handle }) => {
    if (!route) return 'stack' in handle ? routesOf(handle as unknown as IRouter) : []
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}')
    // Express lists the handlers of `.all` without a method.
    const methods = route.stack.map(({ method }) => method).filter(Boolean)
    return [...new Set(methods)].map((method) => `${method.toUpperCase()} ${path}`)
  })
}

function schemaOf(name: string, status: string, type = ''): z.ZodType {
  const found = operations.find((operation) => operation.name === name)?.operation.responses[status]
  const media = found?.content[type.split(';')[0] ?? '']
  const whole = { ...media?.schema, $defs: description.components.schemas }
  return z.fromJSONSchema(JSON.parse(JSON.stringify(whole).replaceAll('#/components/schemas/', '#/$defs/')))
}

import type { SiteLink } from '@signet/service'
import type { RequestHandler } from 'express'
import { z } from 'zod'
import { createDocument, type ZodOpenApiOperationObject } from 'zod-openapi'
import { Id, IdempotencyHeader, NewOrder, Order, OrderQuery, User, UserQuery, Whoami } from './schemas.ts'

/**
 * Answers with the description of this API, made from the schemas that validate its requests. `links` are shown on its
 * reference page.
 */
export function sendDescription(links: readonly SiteLink[]): RequestHandler {
  const description = describeApi(links)
  return (_req, res) => {
    res.json(description)
  }
}

export function describeApi(links: readonly SiteLink[] = []) {
  const markdown = links.map(({ name, url }) => `[${name}](${url})`).join(' · ')
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Signet',
      version: '1.0.0',
      description: ['The central API: users and orders.', markdown].join('\n\n').trim(),
    },
    components: { securitySchemes: { token: TOKEN } },
    security: [{ token: [] }],
    tags: [{ name: 'Users' }, { name: 'Orders' }, { name: 'Caller' }, { name: 'Open to all' }],
    paths: {
      '/users': { get: reads('Users', 'The users', z.array(User), 'users:read', { query: UserQuery }) },
      '/users/{id}': { get: reads('Users', 'One user', User, 'users:read', { path: ById }) },
      '/orders': {
        get: reads('Orders', 'The orders', z.array(Order), 'orders:read', { query: OrderQuery }),
        post: {
          tags: ['Orders'],
          summary: 'Place an order',
          description: 'Needs the permission orders:write.',
          requestParams: { header: IdempotencyHeader },
          requestBody: { required: true, content: { 'application/json': { schema: NewOrder } } },
          responses: { 201: answers('The order', Order), default: PROBLEM },
        },
      },
      '/orders/{id}': { get: reads('Orders', 'One order', Order, 'orders:read', { path: ById }) },
      '/whoami': { get: reads('Caller', 'Who you are to this API', Whoami) },
      '/healthz': { get: open('Whether the process runs', Status) },
      '/readyz': { get: open('Whether requests can be served', Status) },
      '/openapi.json': { get: open('This description', z.looseObject({})) },
    },
  })
}

const TOKEN = {
  type: 'apiKey',
  in: 'header',
  name: 'x-token',
  description: 'A JWT that the calling application signed with RS512; it is valid for five minutes at most.',
} as const

const ById = z.object({ id: Id })
const Status = z.object({ status: z.string() })

const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.string(),
    requestId: z.string(),
    detail: z.string().optional(),
    permission: z.string().optional(),
    checks: z.array(z.string()).optional(),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  })
  .meta({
    id: 'Problem',
    description: 'RFC 9457; docs/errors.md explains each code',
    examples: [
      {
        type: '/docs/errors.md#token_missing',
        title: 'No token',
        status: 401,
        code: 'token_missing',
        requestId: '0f6c4f0e-6b1f-4c7d-9f43-6b0f6d1f7c1a',
      },
    ],
  })

const PROBLEM = { description: 'A problem', content: { 'application/problem+json': { schema: Problem } } }

function reads(
  tag: string,
  summary: string,
  answer: z.ZodType,
  permission?: string,
  requestParams: ZodOpenApiOperationObject['requestParams'] = {},
): ZodOpenApiOperationObject {
  const description = permission ? { description: `Needs the permission ${permission}.` } : {}
  return {
    tags: [tag],
    summary,
    ...description,
    requestParams,
    responses: { 200: answers(summary, answer), default: PROBLEM },
  }
}

function open(summary: string, answer: z.ZodType): ZodOpenApiOperationObject {
  return { ...reads('Open to all', summary, answer), security: [] }
}

function answers(description: string, schema: z.ZodType) {
  return { description, content: { 'application/json': { schema } } }
}

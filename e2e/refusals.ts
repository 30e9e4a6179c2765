import { mkdirSync, renameSync, rmdirSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { applicationOf, documentedToken } from '@signet/testing/application'
import { type Answer, createClient, type Sent } from '@signet/testing/client'
import type { System } from '@signet/testing/system'
import { until } from '@signet/testing/until'
import jwt from 'jsonwebtoken'

const NOW = Math.floor(Date.now() / 1000)
const ORDER = { userId: 'u-001', item: 'Tea', quantity: 1 }

/** For each code, a request that is refused with it and nothing but it. The system must ask for an audience. */
export function refusalsOf(system: System): Record<string, () => Promise<Answer>> {
  const appOne = applicationOf(system, 'app-one')
  const appTwo = applicationOf(system, 'app-two')
  const get = system.send

  return {
    token_missing: () => get('/users'),
    token_ambiguous: () => get('/users', { headers: { 'x-token': [tokenOf(), tokenOf()] } }),
    token_malformed: () => get('/users', { token: 'a.b.c' }),
    algorithm_not_allowed: () => get('/users', { token: tokenOf({}, { algorithm: 'RS256' }) }),
    token_expired: () => get('/users', { token: tokenOf({ iat: NOW - 400, exp: NOW - 100 }) }),
    token_not_yet_valid: () => get('/users', { token: tokenOf({ nbf: NOW + 100 }) }),
    token_issued_in_future: () => get('/users', { token: tokenOf({ iat: NOW + 100, exp: NOW + 400 }) }),
    token_lifetime_too_long: () => get('/users', { token: tokenOf({ iat: NOW, exp: NOW + 301 }) }),
    issuer_mismatch: () => get('/users', { token: tokenOf({ iss: appOne.appId }) }),
    audience_mismatch: () => get('/users', { token: tokenOf({ aud: 'https://localhost:1' }) }),
    audience_missing: () => get('/users', { token: documentedToken(appTwo) }),
    token_rejected: () => get('/users', { token: tokenOf({ appId: 'nobody' }) }),
    permission_denied: () => get('/orders', { token: tokenOf({ scope: 'users:read' }) }),
    invalid_request: () => get('/users?limit=101', { token: tokenOf() }),
    not_found: () => get('/users/nobody', { token: tokenOf() }),
    method_not_allowed: () => get('/users', { method: 'DELETE', token: tokenOf() }),
    body_too_large: () => post({ ...ORDER, item: 'x'.repeat(20_000) }),
    unsupported_media_type: () => post(ORDER, { 'content-type': 'text/plain' }),
    idempotency_key_reused: async () => {
      await post(ORDER, { 'idempotency-key': 'first' })
      return post({ ...ORDER, quantity: 2 }, { 'idempotency-key': 'first' })
    },
    rate_limited: () => until(429, () => get('/whoami', { token: tokenOf({}, {}, appOne) })),
    internal_error: async () => {
      const database = new DatabaseSync(system.file('signet.sqlite'))
      database.exec('alter table orders rename to elsewhere')
      try {
        return await get('/orders', { token: tokenOf() })
      } finally {
        database.exec('alter table elsewhere rename to orders')
        database.close()
      }
    },
    unavailable: async () => {
      const file = system.secret('api/public-keys', `${appOne.appId}_public.pem`)
      renameSync(file, `${file}.away`)
      mkdirSync(file)
      try {
        return await until(503, () => get('/whoami', { token: tokenOf({}, {}, appOne) }))
      } finally {
        rmdirSync(file)
        renameSync(`${file}.away`, file)
      }
    },
    host_not_allowed: () =>
      createClient({ url: system.appOne.url })('/', {
        headers: { host: 'rebinding.example', accept: 'application/json' },
      }),
    cross_site_request: () =>
      createClient({ url: system.appTwo.url })('/orders', {
        method: 'POST',
        headers: { 'sec-fetch-site': 'cross-site', accept: 'application/json' },
      }),
  }

  function post(order: object, headers: Sent['headers'] = {}): Promise<Answer> {
    const sent = { 'content-type': 'application/json', ...headers }
    return get('/orders', { method: 'POST', token: tokenOf(), headers: sent, body: JSON.stringify(order) })
  }

  /** The documented token of app-two with an audience, and whatever else is asked for. */
  function tokenOf(
    claims: object = {},
    options: jwt.SignOptions = {},
    { appId, privateKey } = appTwo,
  ): string {
    const good = { appId, aud: system.api.url, iat: NOW, exp: NOW + 300 }
    return jwt.sign({ ...good, ...claims }, privateKey, { algorithm: 'RS512', ...options })
  }
}

/** What a caller sends to prove who it is. */
export type Credential = 'nothing' | 'x-token' | 'bearer' | 'api-key' | 'certificate'

export type Contender = Readonly<{
  name: string
  /** The file in `servers/`, where it is not called like the contender. */
  server?: string
  label: string
  sends: Credential
  /** The same server without authentication. */
  bare: string
}>

/**
 * Who runs, in this order. What is compared closely stands side by side. An unauthenticated server is
 * sent a token like those that are compared with it, and does not look at it: else the ratio would be one of requests.
 */
export const CONTENDERS: readonly Contender[] = [
  {
    name: 'express-silent',
    server: 'express',
    label: 'Express, unauthenticated, no token sent',
    sends: 'nothing',
    bare: 'express',
  },
  { name: 'express', label: 'Express, unauthenticated', sends: 'x-token', bare: 'express' },
  { name: 'express-signet', label: 'Express + Signet', sends: 'x-token', bare: 'express' },
  { name: 'express-no-op', label: 'Express + a no-op middleware', sends: 'x-token', bare: 'express' },
  { name: 'express-api-key', label: 'Express + an API key', sends: 'api-key', bare: 'express' },
  { name: 'express-mtls', label: 'Express + mutual TLS', sends: 'certificate', bare: 'express' },
  {
    name: 'express-jsonwebtoken',
    label: 'Express + jsonwebtoken, prepared key',
    sends: 'x-token',
    bare: 'express',
  },
  { name: 'express-oauth2', label: 'express-oauth2-jwt-bearer', sends: 'bearer', bare: 'express' },
  { name: 'express-passport', label: 'passport-jwt', sends: 'bearer', bare: 'express' },
  { name: 'express-article', label: "The article's middleware", sends: 'x-token', bare: 'express' },
  { name: 'fastify', label: 'Fastify, unauthenticated', sends: 'bearer', bare: 'fastify' },
  { name: 'fastify-jwt', label: 'Fastify + @fastify/jwt, cached', sends: 'bearer', bare: 'fastify' },
  {
    name: 'api-open-silent',
    server: 'api-open',
    label: 'The whole API, unauthenticated, no token sent',
    sends: 'nothing',
    bare: 'api-open',
  },
  { name: 'api-open', label: 'The whole API, unauthenticated', sends: 'x-token', bare: 'api-open' },
  { name: 'api', label: 'The whole API', sends: 'x-token', bare: 'api-open' },
]

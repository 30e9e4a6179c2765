import { CVE } from '../cve.ts'
import type { Forge } from '../forge.ts'
import { each, inGroup, type ProbeRequest, refused } from '../probe.ts'

const BY_POSITION = 'RFC 3986 §6.2: a route has many spellings, so its place protects it, not its name'
const METHOD = 'RFC 9110 §9.1: any method may be sent'
const OVERRIDE = CVE['2018-14773']

const REQUESTS: Record<string, [request: (forge: Forge) => ProbeRequest, why: string]> = {
  'with a slash behind the path': [({ path }) => ({ path: `${path}/` }), BY_POSITION],
  'with a slash before the path': [({ path }) => ({ path: `/${path}` }), BY_POSITION],
  'in upper case': [({ path }) => ({ path: path.toUpperCase() }), BY_POSITION],
  'in percent encoding': [({ path }) => ({ path: encoded(path) }), BY_POSITION],
  'by way of an open route': [({ path }) => ({ path: `/healthz/..${path}` }), BY_POSITION],
  'by way of an open route, encoded': [({ path }) => ({ path: `/healthz%2f..${path}` }), BY_POSITION],
  'with an open route behind it': [({ path }) => ({ path: `${path};/healthz` }), BY_POSITION],
  'with an open route in the query': [({ path }) => ({ path: `${path}?/healthz` }), BY_POSITION],
  'for a route that is not there': [() => ({ path: '/no-such-route' }), BY_POSITION],
  'for the keys': [() => ({ path: '/secrets/api/public-keys' }), BY_POSITION],
  'for a key file': [({ application }) => ({ path: `/${application.appId}_public.pem` }), BY_POSITION],
  'with OPTIONS': [() => ({ method: 'OPTIONS' }), METHOD],
  'with POST': [() => ({ method: 'POST' }), METHOD],
  'with DELETE': [() => ({ method: 'DELETE' }), METHOD],
  'with PROPFIND': [() => ({ method: 'PROPFIND' }), METHOD],
  'with X-Original-URL': [({ path }) => ({ headers: { 'x-original-url': '/healthz' }, path }), OVERRIDE],
  'with X-Rewrite-URL': [({ path }) => ({ headers: { 'x-rewrite-url': '/healthz' }, path }), OVERRIDE],
  'with X-HTTP-Method-Override': [() => ({ headers: { 'x-http-method-override': 'OPTIONS' } }), METHOD],
  'with X-Forwarded-For: 127.0.0.1': [
    () => ({ headers: { 'x-forwarded-for': '127.0.0.1', forwarded: 'for=127.0.0.1' } }),
    'RFC 7239 §8.1: it can be forged',
  ],
}

/** Requests without any token, and a way in that has worked elsewhere. */
export const unprotected = inGroup('transport', [
  ...each(REQUESTS, (title, [forge, why]) => ({
    name: `no token: ${title}`,
    why,
    forge,
    expect: refused('token_missing'),
  })),
  {
    name: 'no token: with HEAD',
    why: 'RFC 9110 §9.3.2: as GET, but the answer has no content',
    forge: () => ({ method: 'HEAD' }),
    expect: { status: 401 },
  },
])

function encoded(path: string): string {
  return path.replace(/\w/, (letter) => `%${letter.charCodeAt(0).toString(16)}`)
}

import { randomUUID } from 'node:crypto'
import axios, { type AxiosInstance, type AxiosResponse, type InternalAxiosRequestConfig } from 'axios'
import type { Issued, TokenSource } from './token-source.ts'

declare module 'axios' {
  interface AxiosRequestConfig {
    /** Set by `attachTokens`: the token that was sent, without its signature, and whether this was the second try. */
    issued?: Issued
    renewed?: boolean
  }
  interface AxiosError {
    issued?: Issued | undefined
  }
}

/**
 * Adds the application's token in `x-token` to every request of this client that goes to the API, and tries once more with
 * a new token where that may help. A request with an `adapter` of its own gets no token.
 *
 * This happens in the adapter, after all interceptors and transformations: they cannot change the destination after it was
 * checked, and the second try sends the same bytes.
 */
export function attachTokens(client: AxiosInstance, tokens: TokenSource): void {
  const { adapter } = client.defaults

  client.defaults.adapter = async (config) => {
    const send = axios.getAdapter(adapter, config)
    Object.assign(config, NO_DETOUR)
    if (new URL(ADDRESSES.getUri(config)).origin !== tokens.audience) return send(config)

    keepBoundary(config)
    const first = { issued: addToken(config, tokens), body: config.data, tokens }
    config.renewed = false
    try {
      const response = await send(config)
      if (!(await mayRetry(first, response))) return response
    } catch (error) {
      if (!(await mayRetry(first, failureOf(error).response))) throw error
    }
    addToken(config, tokens)
    config.renewed = true
    return send(config)
  }

  client.interceptors.response.use(undefined, (error) => {
    throw withoutToken(error)
  })
}

/** A redirect, an absolute URL or a proxy from the environment would carry the token to another host. */
const NO_DETOUR = { maxRedirects: 0, allowAbsoluteUrls: false, proxy: false } as const

/** Without defaults, because the adapter does not use them either. */
const ADDRESSES = new axios.Axios({})

/** axios makes a new boundary for each try, so that the bytes would differ. */
function keepBoundary({ data, headers }: InternalAxiosRequestConfig): void {
  if (!(data instanceof FormData) || headers.hasContentType(/boundary=[-\w]{10,70}/i)) return
  headers.setContentType(`multipart/form-data; boundary=${randomUUID()}`)
}

function addToken(config: InternalAxiosRequestConfig, tokens: TokenSource): Issued {
  const { token, issued } = tokens.issue()
  config.headers.set('x-token', token)
  config.issued = issued
  return issued
}

async function mayRetry({ issued, body, tokens }: Try, response?: AxiosResponse): Promise<boolean> {
  if (response?.status !== 401) return false
  const refusal = { code: await codeOf(response), date: response.headers.date }
  if (!tokens.renew(issued, refusal) || !isRepeatable(body)) return false
  if (isStream(response.data)) endStream(response)
  return true
}

type Try = { issued: Issued; body: unknown; tokens: TokenSource }

/** A stream was read in the first try. So may be a body of an unknown type. */
function isRepeatable(body: unknown): boolean {
  return body == null || typeof body === 'string' || REPEATABLE.some((type) => body instanceof type)
}

const REPEATABLE = [ArrayBuffer, Uint8Array, Blob, FormData]

/** The code of a refusal is in its challenge (RFC 6750 §3). Other servers have it in the body only. */
async function codeOf({ headers, data }: AxiosResponse): Promise<unknown> {
  const code = /error_description="(\w+)"/.exec(headers['www-authenticate'])?.[1]
  // Only the caller may read a stream.
  if (code || isStream(data)) return code
  const said = await new Response(data).json().catch(() => undefined)
  return (said as { code?: unknown } | undefined)?.code
}

/** An AxiosError shows the headers of its request in JSON and in logs. A stream shows its request, too. */
function withoutToken<Thrown>(error: Thrown): Thrown {
  const { config, response } = failureOf(error)
  if (config) Object.assign(error as object, { issued: config.issued })
  if (response && isStream(response.data)) {
    endStream(response)
    Reflect.deleteProperty(response, 'data')
  }
  for (const holder of [error, response]) {
    if (!(holder instanceof Object)) continue
    Reflect.deleteProperty(holder, 'config')
    Reflect.deleteProperty(holder, 'request')
  }
  return error
}

/** The user's interceptors and adapters may throw anything. */
function failureOf(thrown: unknown): Failure {
  return Object(thrown)
}

type Failure = { config?: InternalAxiosRequestConfig; response?: AxiosResponse }

function isStream(data: unknown): boolean {
  return typeof (data as { pipe?: unknown } | undefined)?.pipe === 'function'
}

/** A stream that is not read keeps its connection open. Destroying it may not end its source, so the request ends too. */
function endStream({ data, request }: AxiosResponse): void {
  data.destroy()
  request?.destroy()
}

import { randomUUID } from 'node:crypto'
import axios, { type AxiosInstance, type AxiosResponse, type InternalAxiosRequestConfig } from 'axios'
import { sendWithToken } from './send-with-token.ts'
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
 * @example attachTokens(axios.create({ baseURL: tokens.audience }), tokens)
 */
export function attachTokens(client: AxiosInstance, tokens: TokenSource): void {
  const { adapter } = client.defaults

  client.defaults.adapter = async (config) => {
    const adapt = axios.getAdapter(adapter, config)
    Object.assign(config, NO_DETOUR)
    if (new URL(ADDRESSES.getUri(config)).origin !== tokens.audience) return adapt(config)

    keepBoundary(config)
    const { response, thrown } = await sendWithToken<Outcome>({
      tokens,
      body: config.data,
      send({ token, issued }, renewed) {
        config.headers.set('x-token', token)
        Object.assign(config, { issued, renewed })
        return adapt(config).then(
          (response) => ({ response }),
          (error) => ({ response: failureOf(error).response, thrown: { error } }),
        )
      },
      read: ({ response }) => response && headOf(response),
      discard({ response }) {
        if (response && isStream(response.data)) endStream(response)
      },
    })
    if (thrown) throw thrown.error
    return response as AxiosResponse
  }

  client.interceptors.response.use(undefined, (error) => {
    throw withoutToken(error)
  })
}

/** axios throws for an answer that `validateStatus` does not accept. What is thrown may be undefined. */
type Outcome = { response?: AxiosResponse | undefined; thrown?: { error: unknown } }

/** A redirect, an absolute URL or a proxy from the environment would carry the token to another host. */
const NO_DETOUR = { maxRedirects: 0, allowAbsoluteUrls: false, proxy: false } as const

/** Without defaults, because the adapter does not use them either. */
const ADDRESSES = new axios.Axios({})

/** axios makes a new boundary for each try, so that the bytes would differ. */
function keepBoundary({ data, headers }: InternalAxiosRequestConfig): void {
  if (!(data instanceof FormData) || headers.hasContentType(/boundary=[-\w]{10,70}/i)) return
  headers.setContentType(`multipart/form-data; boundary=${randomUUID()}`)
}

function headOf({ status, headers, data }: AxiosResponse) {
  return {
    status,
    challenge: headers['www-authenticate'],
    date: headers.date,
    // Only the caller may read a stream.
    body: async () => (isStream(data) ? undefined : new Response(data).json()),
  }
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

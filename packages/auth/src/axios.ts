import type { AxiosInstance, AxiosResponse, InternalAxiosRequestConfig } from 'axios'
import type { Issued, TokenSource } from './token-source.ts'

declare module 'axios' {
  interface AxiosRequestConfig {
    /** Set by `attachTokens`: the token that was sent, without its signature, and whether it is the second one. */
    issued?: Issued
    renewed?: boolean
  }
  interface AxiosError {
    issued?: Issued | undefined
  }
}

/**
 * Gives every request of this client the application's token in `x-token`, if it goes to the API and nowhere else,
 * and tries once more with a new token where that may help.
 */
export function attachTokens(client: AxiosInstance, tokens: TokenSource): void {
  client.interceptors.request.use((config) => {
    Object.assign(config, NO_DETOUR)
    if (new URL(client.getUri(config)).origin !== tokens.audience) return config
    const { token, issued } = tokens.issue()
    config.headers.set('x-token', token)
    config.issued = issued
    return config
  })

  client.interceptors.response.use(
    (response) => (mayRetry(response, tokens) ? retry(client, response.config) : response),
    (error) => {
      if (mayRetry(error.response, tokens)) return retry(client, error.config)
      throw withoutToken(error)
    },
  )
}

/** A redirect, an absolute URL or a proxy from the environment would carry the token to another host. */
const NO_DETOUR = { maxRedirects: 0, allowAbsoluteUrls: false, proxy: false } as const

function mayRetry(response: AxiosResponse | undefined, tokens: TokenSource): boolean {
  const { issued, renewed, data } = response?.config ?? {}
  // A stream has been read by now and cannot be sent twice.
  if (response?.status !== 401 || !issued || renewed || typeof data?.pipe === 'function') return false
  return tokens.renew(issued, { code: response.data?.code, date: response.headers.date })
}

function retry(client: AxiosInstance, config: InternalAxiosRequestConfig): Promise<AxiosResponse> {
  return client.request({ ...config, renewed: true })
}

/** An AxiosError as JSON, or in a log, shows the headers of its request; a stream shows its request, too. */
function withoutToken<Failure>(error: Failure): Failure {
  const { config, response } = error as { config?: InternalAxiosRequestConfig; response?: AxiosResponse }
  if (config) Object.assign(error as object, { issued: config.issued })
  if (typeof response?.data?.pipe === 'function') Reflect.deleteProperty(response, 'data')
  for (const holder of [error, response]) {
    if (!(holder instanceof Object)) continue
    Reflect.deleteProperty(holder, 'config')
    Reflect.deleteProperty(holder, 'request')
  }
  return error
}

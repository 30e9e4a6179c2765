import type { Issued } from '@signet/auth'
import type { AxiosResponse } from 'axios'
import { type Html, html } from './html.ts'

/** What a page shows of one call to the API. It never holds the token or its signature. */
export type Receipt = {
  /** Method and path, e.g. `GET /users`. */
  call: string
  /** The header and claims of the token. Absent if the call failed before a token was made. */
  signed?: Pick<Issued, 'header' | 'claims' | 'reused'>
  /** Absent if the API did not answer. */
  answer?: { status: number; caller?: string; requestId?: string; rateLimitLeft?: number }
  /** Milliseconds. `token`: to sign the token or reuse one. `roundTrip`: from request to answer; `api` is the API's part of it. */
  took: { token?: number; roundTrip: number; api?: number }
}

/** What is known of a call that succeeded or failed. `milliseconds`: the whole call, with the signing. */
type EndedCall = {
  call: string
  milliseconds: number
  issued?: Issued | undefined
  response?: Pick<AxiosResponse, 'status' | 'headers'> | undefined
}

/** The receipt of a call that has ended. */
export function receiptOf({ call, milliseconds, issued, response }: EndedCall): Receipt {
  const token = issued?.milliseconds
  const api = response && durationInApi(header(response, 'server-timing'))
  return {
    call,
    ...(issued && { signed: { header: issued.header, claims: issued.claims, reused: issued.reused } }),
    ...(response && { answer: answerOf(response) }),
    took: {
      ...(token !== undefined && { token }),
      roundTrip: milliseconds - (token ?? 0),
      ...(api !== undefined && { api }),
    },
  }
}

/** The receipts of a page, each one folded. Undefined if no call was made. */
export function receiptsView(receipts: readonly Receipt[], application: string): Html | undefined {
  if (receipts.length === 0) return undefined
  const title = receipts.length === 1 ? 'The receipt of this call' : 'The receipts of these calls'
  return html`
    <section class="receipts" aria-labelledby="receipts">
      <h2 id="receipts">${title}</h2>
      ${receipts.map((receipt) => receiptView(receipt, application))}
    </section>`
}

function answerOf(response: NonNullable<EndedCall['response']>): NonNullable<Receipt['answer']> {
  const caller = header(response, 'x-caller')
  const requestId = header(response, 'x-request-id')
  const rateLimitLeft = remaining(header(response, 'ratelimit'))
  return {
    status: response.status,
    ...(caller !== undefined && { caller }),
    ...(requestId !== undefined && { requestId }),
    ...(rateLimitLeft !== undefined && { rateLimitLeft }),
  }
}

function header(response: NonNullable<EndedCall['response']>, name: string): string | undefined {
  const value: unknown = response.headers[name]
  return typeof value === 'string' ? value : undefined
}

// draft-ietf-httpapi-ratelimit-headers §4: `RateLimit: "default";r=50;t=30`, where r is the number of calls that are left.
function remaining(value: string | undefined): number | undefined {
  const found = value?.match(/;\s*r=(\d+)/)?.[1]
  return found === undefined ? undefined : Number(found)
}

// W3C Server Timing §2: `Server-Timing: api;dur=1.2`, in milliseconds.
function durationInApi(value: string | undefined): number | undefined {
  const found = value?.match(/(?:^|,)\s*api;dur=(\d+(?:\.\d+)?)/)?.[1]
  return found === undefined ? undefined : Number(found)
}

function receiptView(receipt: Receipt, application: string): Html {
  const { call, signed, answer, took } = receipt
  const total = (took.token ?? 0) + took.roundTrip
  return html`
    <details>
      <summary>
        <code>${call}</code> <span class="outcome">${answer ? answer.status : 'no answer'} · ${milliseconds(total)}</span>
      </summary>
      <div class="facts">
        ${signed ? signerView(signed, application) : html`<section><h3>Signed by</h3><p>No token was made.</p></section>`}
        ${answerView(answer)}
        ${tookView(took)}
      </div>
      ${signed && tokenView(signed)}
    </details>`
}

type Signed = NonNullable<Receipt['signed']>

function signerView({ claims, reused }: Signed, application: string): Html {
  return html`
    <section>
      <h3>Signed by</h3>
      <dl>
        <dt>Application</dt><dd>${application}</dd>
        <dt>Application ID</dt><dd><code>${claims.appId}</code></dd>
        <dt>Token</dt><dd>${reused ? 'reused: signed for an earlier call, and still valid' : 'new: signed for this call'}</dd>
      </dl>
    </section>`
}

function tokenView({ header, claims }: Signed): Html {
  return html`
    <div class="token">
      <figure>
        <figcaption>Token header</figcaption>
        <pre><code>${JSON.stringify(header, null, 2)}</code></pre>
      </figure>
      <figure>
        <figcaption>Token claims</figcaption>
        <pre><code>${JSON.stringify(claims, null, 2)}</code></pre>
      </figure>
    </div>`
}

function answerView(answer: Receipt['answer']): Html {
  if (!answer) return html`<section><h3>Answer</h3><p>The API gave no answer.</p></section>`
  const { status, caller, requestId, rateLimitLeft } = answer
  return html`
    <section>
      <h3>Answer</h3>
      <dl>
        <dt>Status</dt><dd>${status}</dd>
        <dt>Caller</dt><dd>${caller ?? 'not recognised'}</dd>
        <dt>Request ID</dt><dd>${requestId ? html`<code>${requestId}</code>` : 'not given'}</dd>
        <dt>Calls left</dt><dd>${rateLimitLeft ?? 'not given'}</dd>
      </dl>
    </section>`
}

function tookView({ token, roundTrip, api }: Receipt['took']): Html {
  return html`
    <section>
      <h3>Time</h3>
      <dl>
        <dt>Token</dt><dd>${token === undefined ? 'none made' : milliseconds(token)}</dd>
        <dt>Call</dt><dd>${milliseconds(roundTrip)}</dd>
        <dt>In the API</dt><dd>${api === undefined ? 'not given' : milliseconds(api)}</dd>
      </dl>
    </section>`
}

function milliseconds(value: number): string {
  return `${value < 10 ? value.toFixed(2) : value.toFixed(0)} ms`
}

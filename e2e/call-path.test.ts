import { DatabaseSync } from 'node:sqlite'
import { applicationOf, minimalToken, sharedSystem } from '@signet/testing/system'
import { expect, test } from 'vitest'

const system = await sharedSystem()

test("app-one's page shows the people that the API has in its database", async () => {
  const [first] = query('select name, email from users order by id limit 1')

  const page = await visit(`${system.appOne.url}/`)

  expect(page.status).toBe(200)
  expect(page.html).toContain(`${first?.name}</a>`)
  expect(page.html).toContain(`>${first?.email}</td>`)
})

test("a request ID passes from app-one's page to the API's log, whose line names the caller, too", async () => {
  const page = await visit(`${system.appOne.url}/people/u-001`, { headers: { 'x-request-id': 'walk-one' } })

  expect(page.html).toContain('<code>walk-one</code>')
  const line = await system.api.logged(({ requestId }) => requestId === 'walk-one')
  expect(line).toMatchObject({ caller: 'app-one', method: 'GET', route: '/users/:id', status: 200 })
  expect(await system.appOne.logged(({ requestId }) => requestId === 'walk-one')).toMatchObject({
    route: '/people/:id',
  })
})

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736'
const TRACEPARENT = `00-${TRACE_ID}-00f067aa0ba902b7-01`

test("an order placed by app-two's form is on its page, at the API and in the database, under one request ID and trace", async () => {
  const form = await visit(`${system.appTwo.url}/`)
  const key = /name="idempotencyKey" value="([^"]+)"/.exec(form.html)?.[1] ?? ''
  const order = { idempotencyKey: key, userId: 'u-007', item: 'Tea & <biscuits>', quantity: '3' }

  const placed = await fetch(`${system.appTwo.url}/orders`, {
    method: 'POST',
    body: new URLSearchParams(order),
    headers: { 'x-request-id': 'walk-two', traceparent: TRACEPARENT, 'sec-fetch-site': 'same-origin' },
    redirect: 'manual',
  })

  expect(placed.status).toBe(303)
  const location = placed.headers.get('location') ?? ''
  const page = await visit(`${system.appTwo.url}${location}`)
  expect(page.html).toContain('<h1>3 × Tea &amp; &lt;biscuits&gt;</h1>')

  const appTwo = applicationOf(system, 'app-two')
  const answer = await system.send(location, { token: minimalToken(appTwo) })
  expect(answer.body).toMatchObject({
    userId: 'u-007',
    item: 'Tea & <biscuits>',
    quantity: 3,
    createdBy: appTwo.appId,
  })

  const id = location.split('/').at(-1) ?? ''
  expect(query('select * from orders where id = ?', id)).toMatchObject([
    {
      user_id: 'u-007',
      item: 'Tea & <biscuits>',
      quantity: 3,
      created_by: appTwo.appId,
      request_id: 'walk-two',
      trace_id: TRACE_ID,
    },
  ])
  expect(await system.api.logged(({ requestId }) => requestId === 'walk-two')).toMatchObject({
    traceId: TRACE_ID,
    caller: 'app-two',
    method: 'POST',
    route: '/orders',
    status: 201,
  })
})

test('a form that is sent twice places one order', async () => {
  const body = new URLSearchParams({
    idempotencyKey: crypto.randomUUID(),
    userId: 'u-001',
    item: 'one and only',
    quantity: '1',
  })
  const post = () => fetch(`${system.appTwo.url}/orders`, { method: 'POST', body, redirect: 'manual' })

  const [first, second] = await Promise.all([post(), post()])

  expect(first.headers.get('location')).toBe(second.headers.get('location'))
  expect(query('select id from orders where item = ?', 'one and only')).toHaveLength(1)
})

test('the receipt on a page shows the claims that were sent and never a signature', async () => {
  const { html } = await visit(`${system.appOne.url}/`)

  expect(html).toContain('The receipt of this call')
  expect(html).toContain(`&quot;aud&quot;: &quot;${system.api.url}&quot;`)
  expect(html).not.toMatch(/eyJ[\w-]+\.[\w-]+\.[\w-]+/)
})

test('no token and no key is in any log', async () => {
  await visit(`${system.appOne.url}/`)
  const { appOne, appTwo, api } = system

  const written = [api, appOne, appTwo].map(({ log, errors }) => JSON.stringify(log) + errors()).join()

  expect(written).toContain('"caller":"app-one"')
  expect(written).not.toMatch(/eyJ[\w-]+\.[\w-]+\.[\w-]+|-----BEGIN/)
})

async function visit(url: string, options?: RequestInit) {
  const response = await fetch(url, options)
  return { status: response.status, html: await response.text() }
}

/** Reads the database file of the API. */
function query(sql: string, ...values: string[]) {
  const database = new DatabaseSync(system.file('signet.sqlite'), { readOnly: true })
  try {
    return database.prepare(sql).all(...values)
  } finally {
    database.close()
  }
}

import { randomBytes } from 'node:crypto'
import { applicationOf, minimalToken, startSystem } from '@signet/testing/system'
import pg from 'pg'
import { expect, onTestFinished, test } from 'vitest'

const { DATABASE_URL = 'postgres://postgres@127.0.0.1:5432/test' } = process.env
const POSTGRES = DATABASE_URL.startsWith('postgres') ? DATABASE_URL : ''
const absence = await query('select 1').then(() => undefined, String)
if (absence && process.env.CI === 'true') throw new Error(`The tests need PostgreSQL: ${absence}`)

test.skipIf(absence)('an order placed on a page is in PostgreSQL when DATABASE_URL says so', async () => {
  const schema = `e2e_${randomBytes(8).toString('hex')}`
  await query(`create schema ${schema}`)
  onTestFinished(async () => void (await query(`drop schema ${schema} cascade`)))
  const url = new URL(POSTGRES)
  url.searchParams.set('options', `-c search_path=${schema}`)
  const system = await startSystem({ env: { api: { DATABASE_URL: url.href } } })
  onTestFinished(system.stop)

  const body = new URLSearchParams({ userId: 'u-002', item: 'Tea', quantity: '4' })
  const placed = await fetch(`${system.appTwo.url}/orders`, { method: 'POST', body })

  expect(placed.status).toBe(200)
  expect(await placed.text()).toContain('<h1>4 × Tea</h1>')
  const id = new URL(placed.url).pathname.split('/').at(-1)
  const appTwo = applicationOf(system, 'app-two')
  expect(
    await query(`select user_id, quantity, created_by from ${schema}.orders where id = '${id}'`),
  ).toEqual([{ user_id: 'u-002', quantity: 4, created_by: appTwo.appId }])
  expect(await system.send(`/orders/${id}`, { token: minimalToken(appTwo) })).toMatchObject({
    status: 200,
  })
})

async function query(sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: POSTGRES, connectionTimeoutMillis: 3000 })
  try {
    await client.connect()
    const { rows } = await client.query(sql)
    return rows
  } finally {
    await client.end()
  }
}

import { openTokenSource } from '@signet/auth'
import { createFetch } from '@signet/auth/fetch'

// The file's name is the application's ID. For an authority of your own: `createFetch(tokens, { ca })`, with the PEM text.
const { ORIGIN: origin = 'http://localhost:4000' } = process.env
const tokens = openTokenSource({ file: 'private-key/reporting_private.pem', audience: origin })
const fetchWithToken = createFetch(tokens)

const response = await fetchWithToken(`${origin}/reports`, { signal: AbortSignal.timeout(5000) })
if (!response.ok) throw new Error(`${response.status} ${await response.text()}`)
console.log(JSON.stringify(await response.json()))

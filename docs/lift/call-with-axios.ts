import { openTokenSource } from '@signet/auth'
import { attachTokens } from '@signet/auth/axios'
import axios from 'axios'

// The file's name is the application's ID. For an authority of your own: `httpsAgent: new Agent({ ca })` of node:https.
const { ORIGIN: origin = 'http://localhost:4000' } = process.env
const tokens = openTokenSource({ file: 'private-key/reporting_private.pem', audience: origin })

const client = axios.create({ baseURL: origin, timeout: 5000 })
attachTokens(client, tokens)

const { data } = await client.get('/reports')
console.log(JSON.stringify(data))

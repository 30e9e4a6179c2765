import { openTokenSource } from '@signet/auth'
import { attachTokens } from '@signet/auth/axios'
import axios from 'axios'

// An application of another project that calls the server, and prints the answer.
const { ORIGIN = '' } = process.env
const client = axios.create({ baseURL: ORIGIN })
attachTokens(client, openTokenSource({ file: 'private-key/greeter_private.pem', audience: ORIGIN }))

const { data } = await client.get('/hello')
console.log(JSON.stringify(data))

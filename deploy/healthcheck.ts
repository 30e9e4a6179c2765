// Ends with 0 when the service in this container is ready: the images have no other program that speaks HTTPS.
import { readFileSync } from 'node:fs'
import { get } from 'node:https'

const { PORT, CA_FILE = '/secrets/ca.pem' } = process.env

get({ host: '127.0.0.1', port: PORT, path: '/readyz', ca: readFileSync(CA_FILE), timeout: 2000 })
  .on('response', ({ statusCode }) => process.exit(statusCode === 200 ? 0 : 1))
  .on('timeout', () => process.exit(1))
  .on('error', () => process.exit(1))

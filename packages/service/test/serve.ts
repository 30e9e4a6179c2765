import { once } from 'node:events'
import type { RequestListener } from 'node:http'
import { connect } from 'node:net'
import { onTestFinished } from 'vitest'
import type { Log } from '../src/log.ts'
import { createServer, LIMITS, listen } from '../src/server.ts'
import { recordedLog } from './recorded-log.ts'

/** Serves an app on a free port until the test is over. */
export async function serve(app: RequestListener, given: Served = {}) {
  const { limits, log = recordedLog().log, ...rest } = given
  const server = createServer({ app, log, limits: { ...LIMITS, ...limits }, ...rest })
  const port = await listen(server, { host: '127.0.0.1', port: 0 })
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return { server, port, origin: `http://127.0.0.1:${port}` }
}

type Served = {
  certificate?: { cert: string; key: string }
  limits?: Partial<typeof LIMITS>
  log?: Log
}

/** Sends raw text to a port. Resolves to everything that the server sends until it closes the connection. */
export async function exchange(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  const received: Buffer[] = []
  socket.on('data', (chunk: Buffer) => received.push(chunk))
  socket.write(text)
  await once(socket, 'close')
  return Buffer.concat(received).toString()
}

/** The head and the parsed JSON body of a raw answer. */
export function parseAnswer(text: string): { head: string; body: Record<string, unknown> } {
  const [head = '', body = ''] = text.split('\r\n\r\n')
  return { head, body: JSON.parse(body) }
}

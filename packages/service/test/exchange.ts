import { once } from 'node:events'
import { connect } from 'node:net'

/** Writes raw text to a port and resolves to all that comes back until the server closes. */
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

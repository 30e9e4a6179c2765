import { openApi } from '../apps/app-one/src/api.ts'
import { openTokenSource } from '../packages/auth/src/index.ts'
import { startChild } from './child.ts'
import type { ServerQuestions } from './serve.ts'
import type { Stage } from './stage.ts'

export type Handshakes = { requests: number; handshakes: number }

/** How many at once. */
const PARALLEL = 20

/** New TLS connections that app-one's own client makes to the API at steady load, which begins with the second burst. */
export async function countHandshakes(stage: Stage, requests: number): Promise<Handshakes> {
  const server = startChild<ServerQuestions>('serve.ts', ['api', stage.folder])
  const port = await server.ask('port')
  const tokens = openTokenSource({ file: stage.privateKeyPath, audience: `https://localhost:${port}` })
  const api = openApi({ ca: stage.ca, tokens })
  try {
    await burst(PARALLEL * 10)
    const before = await server.ask('account')
    await burst(requests)
    const after = await server.ask('account')
    return { requests, handshakes: after.handshakes - before.handshakes }
  } finally {
    api.close()
    await server.stop()
  }

  async function burst(count: number): Promise<void> {
    let left = count
    const visitors = Array.from({ length: PARALLEL }, async () => {
      while (left-- > 0) await api.listUsers({ requestId: 'bench', receipts: [] }, {})
    })
    await Promise.all(visitors)
  }
}

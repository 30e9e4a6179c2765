import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { freePort } from '@signet/testing/free-port'

/** A Redis server for one test, in memory only, which can be killed and started again at the same address. */
export async function startPrivateRedis() {
  const port = await freePort()
  let server = await start(port)
  return {
    url: `redis://127.0.0.1:${port}`,
    async kill() {
      const closed = once(server, 'close')
      server.kill('SIGKILL')
      await closed
    },
    async start() {
      server = await start(port)
    },
  }
}

/** Resolves when it accepts connections. */
async function start(port: number) {
  const settings = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
  const server = spawn('redis-server', settings, { stdio: ['ignore', 'pipe', 'inherit'] })
  for await (const text of server.stdout.iterator({ destroyOnReturn: false })) {
    if (String(text).includes('Ready to accept connections')) return server
  }
  throw new Error(`redis-server has ended: ${server.exitCode}`)
}

import { once } from 'node:events'
import { Agent, get } from 'node:https'
import { connect, createServer, type Socket } from 'node:net'

/** Milliseconds between two looks at the backends, and how long one may take. */
const INTERVAL = 250
const PATIENCE = 1000

export type Balancer = Awaited<ReturnType<typeof startBalancer>>

/**
 * Passes connections on to the backends (`https://localhost:PORT`) in turn, TLS and all. One that is not ready at
 * `/readyz` comes last, and one that refuses a connection is passed over.
 */
export async function startBalancer({ port, backends, ca }: Options) {
  const agent = new Agent({ ca, rejectUnauthorized: true, keepAlive: false })
  const ready = new Set<string>()
  let turn = 0
  const server = createServer((near) => {
    // A client that hangs up is no fault.
    near.on('error', () => near.destroy())
    passOn(near, inTurn())
  })
  await lookAtAll()
  const timer = setInterval(lookAtAll, INTERVAL)
  await once(server.listen(port, '127.0.0.1'), 'listening')

  function inTurn(): string[] {
    turn = (turn + 1) % backends.length
    const order = [...backends.slice(turn), ...backends.slice(0, turn)]
    return order.sort((one, other) => Number(ready.has(other)) - Number(ready.has(one)))
  }

  async function lookAtAll(): Promise<void> {
    await Promise.all(
      backends.map(async (backend) => {
        if (await isReady(backend, agent)) ready.add(backend)
        else ready.delete(backend)
      }),
    )
  }

  return {
    /** Whether a backend would get the next connections. */
    isReady: (backend: string) => ready.has(backend),
    close() {
      clearInterval(timer)
      server.close()
    },
  }
}

type Options = { port: number; backends: readonly string[]; ca: string }

function passOn(near: Socket, [backend, ...others]: readonly string[]): void {
  if (backend === undefined) return void near.destroy()
  const far = connect(Number(new URL(backend).port), '127.0.0.1')
  near.once('close', () => far.destroy())
  const tryNext = () => passOn(near, others)
  far.once('error', tryNext)
  far.once('connect', () => {
    far.off('error', tryNext).on('error', () => near.destroy())
    near.pipe(far).pipe(near)
  })
}

async function isReady(backend: string, agent: Agent): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  get(`${backend}/readyz`, { agent, timeout: PATIENCE }, (response) => {
    response.resume()
    resolve(response.statusCode === 200)
  })
    .on('timeout', () => resolve(false))
    .on('error', () => resolve(false))
  return promise
}

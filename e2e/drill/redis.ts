import { once } from 'node:events'
import { connect } from 'node:net'

/** The Redis that REDIS_URL names, in a database that nobody else counts in; undefined where there is none. */
export async function findRedis(env = process.env): Promise<string | undefined> {
  const url = new URL(env.REDIS_URL ?? 'redis://127.0.0.1:6379')
  const socket = connect(Number(url.port || 6379), url.hostname)
  try {
    await once(socket, 'connect')
    if (url.pathname.length <= 1) url.pathname = OWN_DATABASE
    return url.href
  } catch {
    return undefined
  } finally {
    socket.destroy()
  }
}

/** A server has sixteen, and nearly everybody uses the first. */
const OWN_DATABASE = '/9'

import { once } from 'node:events'
import type { AddressInfo, Server } from 'node:net'

/** An address that cannot be listened on. The message names the variable and says what to do. */
export class ListenError extends Error {
  readonly code = 'listen_failed'

  constructor(message: string, cause: unknown) {
    super(message, { cause })
    this.name = 'ListenError'
  }
}

/**
 * Listens, and resolves to the port: the system chooses one for port 0. `variable` is the one that sets the port.
 * Throws ListenError.
 */
export async function listen(
  server: Server,
  { host, port, variable = 'PORT' }: { host: string; port: number; variable?: string },
): Promise<number> {
  server.listen(port, host)
  try {
    await once(server, 'listening')
  } catch (error) {
    throw new ListenError(describe(error as NodeJS.ErrnoException, host, `${variable} ${port}`), error)
  }
  return (server.address() as AddressInfo).port
}

function describe({ code }: NodeJS.ErrnoException, host: string, port: string): string {
  if (code === 'EADDRINUSE') return `${port} is in use: stop the program that uses it, or set another`
  if (code === 'EACCES') return `${port} may not be opened by this user: set one above 1023`
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return `HOST ${host} is not an address of this machine`
  return `HOST ${host}, ${port} cannot be listened on (${code})`
}

import { freePort } from '@signet/testing/free-port'

/** What the API needs to be told to say how much memory it has, and how to ask it for that, in megabytes. */
export async function measureMemory() {
  const port = await freePort()
  return {
    env: { METRICS_PORT: String(port) },
    async megabytes(): Promise<number> {
      const response = await fetch(`http://127.0.0.1:${port}/metrics`)
      const [, bytes] = /^process_resident_memory_bytes (\S+)$/m.exec(await response.text()) ?? []
      return Number(bytes) / 1e6
    },
  }
}

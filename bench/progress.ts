import type { WriteStream } from 'node:tty'

/** Shows what is being done: on a terminal in one line that changes, else a line for each step. */
export function openProgress(stream: WriteStream) {
  const start = performance.now()
  return {
    say(text: string): void {
      const line = `[${Math.round((performance.now() - start) / 1000)} s] ${text}`
      stream.write(stream.isTTY ? `\r\x1b[K${line}` : `${line}\n`)
    },
    end(): void {
      if (stream.isTTY) stream.write('\r\x1b[K')
    },
  }
}

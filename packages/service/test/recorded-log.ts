import { createLog, type Log } from '../src/log.ts'

/** A real log. `lines` are its lines as parsed JSON, `text` returns all of them as they were written. */
export function recordedLog(): { log: Log; lines: Record<string, unknown>[]; text: () => string } {
  const written: string[] = []
  const lines: Record<string, unknown>[] = []
  const destination = {
    write(line: string) {
      written.push(line)
      lines.push(JSON.parse(line))
    },
  }
  return {
    log: createLog({ name: 'test', level: 'debug', destination }),
    lines,
    text: () => written.join(''),
  }
}

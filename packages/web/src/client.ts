import type { Notice } from '@signet/auth'
import type { Log } from '@signet/service'

/** What the token source notices goes to the log, in words. */
export function logNotices(log: Log): (notice: Notice) => void {
  return (notice) => {
    if (notice.kind === 'key_unusable')
      return log.error({ err: notice.fault }, 'the private key cannot be used, the last good one signs on')
    const { milliseconds, corrected } = notice
    const outcome = corrected ? 'followed' : 'too far off to be followed'
    log.warn({ milliseconds, corrected }, `the clock of the API differs and is ${outcome}`)
  }
}

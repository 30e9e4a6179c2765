/** A command line that is wrong. */
export class UsageError extends Error {
  readonly code = 'usage'

  constructor(message: string) {
    super(`${message}\nHelp: npm run attack -- --help`)
    this.name = 'UsageError'
  }
}

/** The API could not be reached, or broke off. `code` is the system's, such as ECONNREFUSED. */
export class TargetError extends Error {
  readonly code: string

  constructor(message: string, code: string) {
    super(message)
    this.name = 'TargetError'
    this.code = code
  }
}

import type { z } from 'zod'

/** One variable that is missing or wrong. `name` is empty where the fault lies between several. */
export type ConfigFault = { name: string; message: string }

/** A configuration that cannot be used, with all its faults. */
export class ConfigError extends Error {
  readonly code = 'config_invalid'
  readonly faults: readonly ConfigFault[]

  constructor(faults: readonly ConfigFault[]) {
    super(faults.map(({ name, message }) => (name ? `${name} ${message}` : message)).join('\n'))
    this.name = 'ConfigError'
    this.faults = faults
  }
}

/**
 * Reads the variables that the schema names; the rest of the environment is not looked at. An empty variable counts
 * as unset, since that is all that Compose can pass for one that is not there. Values never enter a message, as they
 * may hold a password. Throws ConfigError with every fault at once.
 */
export function readConfig<Schema extends z.ZodObject>(schema: Schema, env = process.env): z.infer<Schema> {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''))
  const read = schema.safeParse(given, {
    error: ({ input }) => (input === undefined ? 'is not set' : undefined),
  })
  if (read.success) return read.data
  throw new ConfigError(read.error.issues.map(({ path, message }) => ({ name: path.join('.'), message })))
}

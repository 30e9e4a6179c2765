import { z } from 'zod'
import { fileFault } from './file-fault.ts'

/** A whole number, both limits included. */
export function wholeNumber({ min = 0, max = Number.MAX_SAFE_INTEGER } = {}) {
  const message = `must be a whole number from ${min} to ${max}`
  return z
    .string()
    .regex(/^\d{1,16}$/, message)
    .transform(Number)
    .refine((number) => number >= min && number <= max, message)
}

/** A TCP port; 0 lets the system choose a free one. */
export function port(byDefault: number) {
  return wholeNumber({ max: 65_535 }).default(byDefault)
}

/** The address to listen on. The default is this machine only, since the pages have no login. */
export const host = z
  .string()
  .regex(/^[\w.:-]+$/, 'must be a host name or an IP address')
  .default('127.0.0.1')

const LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
export const logLevel = z.enum(LEVELS, `must be one of ${LEVELS.join(', ')}`).default('info')

export const flag = z
  .enum(['true', 'false'], 'must be true or false')
  .transform((word) => word === 'true')
  .default(false)

/** One or more words, separated by commas. */
export const list = z
  .string()
  .transform((text) => text.split(',').map((word) => word.trim()))
  .refine((words) => !words.includes(''), 'must be a list, separated by commas, without empty items')

/** The path of a file that can be read. `mend` ends each message: what to do about it. */
export function file(mend: string) {
  return readable('file', mend)
}

/** The path of a folder that can be read. `mend` ends each message: what to do about it. */
export function folder(mend: string) {
  return readable('folder', mend)
}

function readable(kind: 'file' | 'folder', mend: string) {
  return z.string(`is not set: ${mend}`).superRefine((path, context) => {
    const fault = fileFault(path, kind)
    if (fault) context.addIssue({ code: 'custom', message: `${path} ${fault}: ${mend}` })
  })
}

import { Problem } from '@signet/service'
import type { z } from 'zod'

/** The value as its schema has it. Throws the problem `invalid_request`, which names each field that is wrong. */
export function validate<Schema extends z.ZodType>(schema: Schema, value: unknown): z.infer<Schema> {
  const { success, data, error } = schema.safeParse(value)
  if (success) return data
  const errors = error.issues.flatMap(describe)
  throw new Problem('invalid_request', { detail: 'Some of what you sent is not as it should be.', errors })
}

function describe(issue: z.core.$ZodIssue): { path: string; message: string }[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ path: key, message: 'is not a field of this' }))
  return [{ path: issue.path.join('.'), message: issue.message }]
}

import { registerHooks } from 'node:module'

// Loads the real `app.ts`, but its import of `authenticate` gets another file.
registerHooks({
  resolve(specifier, context, next) {
    const isReplaced =
      specifier === '@signet/auth/express' && context.parentURL?.endsWith('/apps/api/src/app.ts')
    return next(isReplaced ? import.meta.resolve('./no-authentication.ts') : specifier, context)
  },
})

/** The API of this repository without its authentication. */
export const { serve } = await import('./api.ts')

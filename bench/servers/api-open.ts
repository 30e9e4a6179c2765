import { registerHooks } from 'node:module'

// The very same `app.ts`, for which `authenticate` comes from another file.
registerHooks({
  resolve(specifier, context, next) {
    const isReplaced =
      specifier === '@signet/auth/express' && context.parentURL?.endsWith('/apps/api/src/app.ts')
    return next(isReplaced ? import.meta.resolve('../no-authentication.ts') : specifier, context)
  },
})

/** The API of this repository with its authentication taken out. */
export const { serve } = await import('./api.ts')

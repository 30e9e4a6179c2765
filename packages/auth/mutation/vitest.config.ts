import { defineConfig } from 'vitest/config'

// Sandboxes share the machine with one another.
export default defineConfig({ test: { testTimeout: 30_000, hookTimeout: 60_000 } })

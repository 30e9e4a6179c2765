import { defineConfig } from 'vitest/config'

// One system for all files, so one file after the other.
export default defineConfig({
  test: { globalSetup: 'system.ts', fileParallelism: false, testTimeout: 60_000 },
})

import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    // Real processes on a small machine take their time, and mostly wait: so more files at once than there are cores.
    testTimeout: 30_000,
    hookTimeout: 120_000,
    maxWorkers: 4,
  },
})

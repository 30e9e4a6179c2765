import { defineConfig } from 'vitest/config'

// The tests of every workspace run with this.
export default defineConfig({
  test: {
    // One process runs many test files: to start one for each file takes more time than the tests.
    isolate: false,
    maxWorkers: 2,
    // Milliseconds. They end what hangs. A test that waits for something real may take long on a busy machine.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
})

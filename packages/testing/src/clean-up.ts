import { afterAll, onTestFinished, TestRunner } from 'vitest'

/**
 * Registers a function that runs when the current test is over, or, outside a test, when all tests of the file are. The
 * functions run in reverse order. A module that several test files import uses this instead of a hook at its top: one
 * process runs many files, and loads such a module only once. A file of its own, because vitest cannot be imported
 * outside a test, and the lab uses this package, too.
 */
export function cleanUp(undo: () => unknown): void {
  const register = TestRunner.getCurrentTest() ? onTestFinished : afterAll
  register(async () => void (await undo()))
}

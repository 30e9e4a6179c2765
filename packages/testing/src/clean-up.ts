import { afterAll, onTestFinished, TestRunner } from 'vitest'

/**
 * Undoes something when the test that runs is over, or, outside a test, when all tests of the file are: the last thing
 * first. A module that several test files share calls this instead of a hook of its own: one process runs many files,
 * and loads such a module only once.
 */
export function cleanUp(undo: () => unknown): void {
  const register = TestRunner.getCurrentTest() ? onTestFinished : afterAll
  register(async () => void (await undo()))
}

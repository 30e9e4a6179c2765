import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { runKeys } from '../../scripts/keys/command-line.ts'
import { APPLICATION, type Stage } from '../stage.ts'

/** Seconds: short, so that an old key can be retired soon. */
export const TOKEN_LIFETIME = 10
/** Milliseconds until the last token of the old key is dead, with the leeway of five seconds and one to spare. */
const UNTIL_RETIRED = (TOKEN_LIFETIME + 6) * 1000

/** Rotates and retires with the real command, again and again; resolves to how often. */
export async function rotateKeys({ stage, milliseconds, say }: Rotations): Promise<number> {
  const places = ['--applications', stage.applications, '--secrets', join(stage.folder, 'secrets')]
  const end = performance.now() + milliseconds
  let rotations = 0
  do {
    await keys('rotate', APPLICATION.name)
    say(`soak: ${++rotations} rotations, ${Math.max(0, Math.round((end - performance.now()) / 1000))} s left`)
    await setTimeout(UNTIL_RETIRED)
    await keys('retire', APPLICATION.name, '--lifetime', String(TOKEN_LIFETIME))
  } while (performance.now() < end - UNTIL_RETIRED)
  return rotations

  async function keys(...words: string[]): Promise<void> {
    const complaints: string[] = []
    const output = { print: () => {}, printError: (line: string) => complaints.push(line) }
    if ((await runKeys([...words, ...places], output)) !== 0) throw new Error(complaints.join('\n'))
  }
}

type Rotations = { stage: Stage; milliseconds: number; say: (text: string) => void }

import { table } from '../../scripts/keys/command.ts'
import { rounded, shown } from '../rows.ts'
import type { Soak } from './soak.ts'

/** For the terminal. */
export function printedSoak({ thirds, growth, longestDelay, traffic, refused, rotations }: Soak): string {
  const names = ['first third (warms up)', 'second third', 'last third']
  const rows = thirds.map(({ resident, heap, delayP99 }, third) => [
    names[third] ?? '',
    shown(resident),
    shown(heap),
    shown(delayP99),
  ])
  const failed = Object.entries(traffic.failed).map(([code, count]) => `${count} ${code}`)
  return [
    table(['', 'resident memory, MB', 'heap, MB', 'event loop, p99 delay of a timer, ms'], rows),
    `Last third ÷ second: resident ${rounded(growth.resident)}, the heap's lower quarter ${rounded(growth.heap)}. Longest delay: ${rounded(longestDelay)} ms.`,
    `${traffic.calls} calls (failed: ${failed.join(', ') || 'none'}), ${refused} forged tokens refused, ${rotations} rotations.`,
  ].join('\n\n')
}

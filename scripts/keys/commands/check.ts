import type { Application } from '@signet/auth'
import { certificateFindings } from '../certificate-check.ts'
import { command } from '../command.ts'
import { messageOf } from '../errors.ts'
import { ownerFindings, wrongModes } from '../file-access.ts'
import { attempt, type Finding, finding, keyFindings, strayFiles } from '../findings.ts'
import { readApplicationsFile } from '../registry.ts'

export const check = command({
  usage: 'check',
  summary: 'Look for anything wrong with the application registry, keys, certificates and file modes',
  help: `Changes nothing. Each finding comes with what mends it; exit status 1 if there is any.`,
  options: {},
  words: { least: 0, most: 0 },
  run: ({ places, now, print }) => {
    const findings: Finding[] = []
    const list = attempt(
      findings,
      'mend it, then check again: the keys are looked at once the list is good',
      () => readApplicationsFile(places.applications),
    )
    if (list) ofApplications([...list.values()])
    look(() => certificateFindings(places, now()))
    look(modeFindings)
    look(() => ownerFindings(places))
    for (const { fault, mend } of findings) print(`✗ ${fault}\n  ${mend}`)
    print(findings.length === 0 ? 'nothing is wrong' : `${findings.length} findings`)
    return findings.length === 0 ? 0 : 1

    /** What keeps one part from being looked at is a finding, and does not hide the other parts. */
    function look(part: () => Finding[]): void {
      findings.push(...(attempt(findings, 'then check again', part) ?? []))
    }

    function ofApplications(applications: Application[]): void {
      look(() => keyFindings(places, applications))
      look(() => strayFiles(places, applications))
    }

    function modeFindings(): Finding[] {
      const unreadable: Finding[] = []
      const wrong = wrongModes(places.secrets, (fault) =>
        unreadable.push({
          fault: messageOf(fault),
          mend: 'then check again: what is in it was not looked at',
        }),
      ).map(({ path, mode, right }) =>
        finding(
          path,
          `its mode is ${mode.toString(8)}`,
          `chmod ${right.toString(8)} ${path}, or: npm run keys -- provision`,
        ),
      )
      return [...unreadable, ...wrong]
    }
  },
})

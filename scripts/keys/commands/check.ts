import type { Application } from '@signet/auth'
import { certificateFindings } from '../certificate-check.ts'
import { command } from '../command.ts'
import { messageOf } from '../errors.ts'
import { ownerFindings, wrongModes } from '../file-access.ts'
import { attempt, type Finding, finding, keyFindings, strayFiles } from '../findings.ts'
import { readApplicationsFile } from '../registry.ts'

export const check = command({
  usage: 'check',
  summary: 'Look for errors in the application registry, the keys, the certificates and the file modes',
  help: `Changes nothing. A line below each finding says what to do about it. Exit status 1 if there is any finding.`,
  options: {},
  words: { least: 0, most: 0 },
  run: ({ places, now, print }) => {
    const findings: Finding[] = []
    const registry = attempt(
      findings,
      'correct it, then check again: the keys are not looked at before the registry is valid',
      () => readApplicationsFile(places.applications),
    )
    if (registry) lookAtApplications([...registry.values()])
    look(() => certificateFindings(places, now()))
    look(modeFindings)
    look(() => ownerFindings(places))
    for (const { fault, hint } of findings) print(`✗ ${fault}\n  ${hint}`)
    print(findings.length === 0 ? 'nothing is wrong' : `${findings.length} findings`)
    return findings.length === 0 ? 0 : 1

    /** An error that stops one part is a finding, and the other parts are still checked. */
    function look(part: () => Finding[]): void {
      findings.push(...(attempt(findings, 'then check again', part) ?? []))
    }

    function lookAtApplications(applications: Application[]): void {
      look(() => keyFindings(places, applications))
      look(() => strayFiles(places, applications))
    }

    function modeFindings(): Finding[] {
      const unreadable: Finding[] = []
      const wrong = wrongModes(places.secrets, (fault) =>
        unreadable.push({
          fault: messageOf(fault),
          hint: 'then check again: its content was not looked at',
        }),
      ).map(({ path, mode, expected }) =>
        finding(
          path,
          `its mode is ${mode.toString(8)}`,
          `chmod ${expected.toString(8)} ${path}, or: npm run keys -- provision`,
        ),
      )
      return [...unreadable, ...wrong]
    }
  },
})

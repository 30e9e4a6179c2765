import { KeyFileError } from '@signet/auth'
import { accepted } from './accepted/index.ts'
import { attacks } from './attacks/index.ts'
import {
  type Options,
  readAuthority,
  readCommandLine,
  readSigners,
  USAGE,
  UsageError,
} from './command-line.ts'
import { isAttack, requireAudience } from './probe.ts'
import { openProgress, type ProgressOptions, summaryOf, tableOf } from './report.ts'
import { type Report, runProbes } from './run-probes.ts'
import { newSigner } from './signing.ts'
import { openTarget, TargetError, withRetries } from './target.ts'

/**
 * Runs `npm run attack` with its arguments and resolves to the exit status: 0 all answers are right, 1 an answer is
 * wrong, 2 the command line is wrong or the API cannot be reached.
 */
export async function runAttack(args: readonly string[], output: Output = {}): Promise<0 | 1 | 2> {
  const { print = console.log, printError = console.error } = output
  try {
    const options = readCommandLine(args)
    if (options.help) {
      print(USAGE)
      return 0
    }
    const report = await attack(options, { ...output, printError })
    print(
      options.json ? jsonOf(report, options) : `${tableOf(report.results, output)}\n\n${summaryOf(report)}`,
    )
    return report.passed ? 0 : 1
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof TargetError || error instanceof KeyFileError))
      throw error
    printError(error.message)
    return 2
  }
}

export type Output = Pick<ProgressOptions, 'wait' | 'overwrite'> & {
  print?: (text: string) => void
  printError?: (line: string) => void
  /** The maximum width of the table, in columns. */
  width?: number
  colors?: boolean
}

async function attack(options: Options, output: Omit<ProgressOptions, 'total' | 'refused'>): Promise<Report> {
  const { url, audience, requiresAudience, claim, field, only, statusOnly } = options
  const path = url.pathname + url.search
  const { application, other } = readSigners(options)
  const probes = [...attacks, ...accepted]
    .filter(({ group }) => only === undefined || group === only)
    .map((probe) => (requiresAudience ? requireAudience(probe) : probe))
  const { onTried, wait, end } = openProgress({
    ...output,
    total: probes.length,
    refused: probes.filter(isAttack).length,
  })
  try {
    return await runProbes(probes, {
      target: withRetries(openTarget({ url, ca: readAuthority(options.ca) }), { wait }),
      material: { application, other, unknownSigner: newSigner(), audience, claim, field, path },
      statusOnly,
      onTried,
    })
  } finally {
    end()
  }
}

function jsonOf(report: Report, { url, audience }: Options): string {
  return JSON.stringify({ url: url.href, audience, ...report }, null, 2)
}

import { table } from '../scripts/keys/command.ts'
import type { Bar } from './bars.ts'
import type { Results } from './results.ts'
import {
  applicationRows,
  barRows,
  contenderRows,
  type Rows,
  refusalRows,
  rounded,
  shown,
  verificationRows,
} from './rows.ts'

/** For the terminal: who ran, and the bars. */
export function printedReport(results: Results, bars: readonly Bar[]): string {
  const plain = ({ head, rows }: Rows) =>
    table(
      head,
      rows.map((row) => row.map((cell) => cell.replaceAll(/[*`]/g, ''))),
    )
  return [plain(contenderRows(results)), plain(barRows(bars)), machineOf(results)].join('\n\n')
}

/** The page for `docs/`. */
export function writtenReport(results: Results, bars: readonly Bar[]): string {
  const { applications, honestCaller, handshakes, signatures, startUp, quick } = results
  const [few, many] = applications.keyFiles
  return `# What authentication costs

Written by \`npm run bench${quick ? ' -- --quick' : ''}\`${quick ? ': a rough run, whose figures are not to be relied on' : ''}. ${machineOf(results)}

${packagesOf(results)}

A figure is the median of interleaved rounds, with the quarters around it in parentheses.

## A request

![CPU time for a request](images/benchmarks.svg)

${markdown(contenderRows(results))}

All answer the same small JSON over TLS 1.3 (ECDSA P-256), on 32 connections that are kept alive, each as fast as it is
answered; tokens are RS512 with RSA-3072 keys, one for each window. Each server is a process of its own and so is its
caller; they take turns. The CPU time is the server process's own account of itself, for all its threads. Express and
Fastify run with their defaults (Express computes an ETag). "The whole API" is \`apps/api\` at \`GET /whoami\` with headers,
log (to /dev/null), limits and authentication, without metrics and without a query; "unauthenticated" is the same code with
\`authenticate\` replaced. The unauthenticated servers get the token too, and do not look at it; where none is sent, the row says so.
${loadOf(results)}

## Bars

${markdown(barRows(bars))}

## A token

${markdown(verificationRows(results))}

Each call gets a string that was never used before, as from a socket. The token source made ${signatures} RSA signatures in 10,000
calls over the life of one token: the next is signed when four fifths of it are over, while the old one is still good.

A refusal:

${markdown(refusalRows(results))}

## Applications

${markdown(applicationRows(results))}

- Start-up, from nothing to the first verified token: ${shownOf(few?.microseconds)} µs with one key file, ${shownOf(many?.microseconds)} µs with 100,000; heap
  ${megabytes(few?.heap.median)} and ${megabytes(many?.heap.median)} MB.
- The application registry costs ${shown(applications.listed.microseconds)} µs and ${shown(applications.listed.bytes)} bytes for each application on it.
- An application that has called, with its key and one remembered token, takes ${rounded(applications.activeBytes.median)} bytes. Of each, at most 256
  tokens are remembered.

## Under way

- Honest caller's p99: ${shown(honestCaller.quiet)} ms when quiet, ${shown(honestCaller.underAttack)} ms while forged tokens come.
- New TLS connections in ${handshakes.requests.toLocaleString('en')} requests of app-one's own client, twenty at once: ${handshakes.handshakes}.
- \`npm start\`, from the command until all three services answer: ${startUp ? `${shown(startUp)} ms` : 'not measured, as one of their ports was taken'}.
- \`npm run bench -- soak\` tells whether memory stays flat under mixed traffic and rotations.
`
}

function markdown({ head, rows }: Rows): string {
  return [head, head.map((_, column) => (column === 0 ? '---' : '---:')), ...rows]
    .map((row) => `| ${row.join(' | ')} |`)
    .join('\n')
}

function machineOf({ machine }: Results): string {
  const { processor, cores, memory, system, node, openssl, date, load } = machine
  return `${date}: ${processor}, ${cores} cores, ${memory}, ${system}, Node.js ${node}, OpenSSL ${openssl}; load average when it began ${load.toFixed(1)}.`
}

function packagesOf({ machine }: Results): string {
  const versions = Object.entries(machine.packages).map(([name, version]) => `${name} ${version}`)
  return `Peers: ${versions.join(', ')}.`
}

/** Whether the servers, and not their caller, set the pace. */
function loadOf({ rounds }: Results): string {
  const samples = Object.values(rounds).flat()
  const percent = (loads: number[]) =>
    `${Math.round(Math.min(...loads) * 100)}–${Math.round(Math.max(...loads) * 100)} %`
  return `The servers used ${percent(samples.map(({ serverLoad }) => serverLoad))} of a core, the caller ${percent(samples.map(({ callerLoad }) => callerLoad))}.`
}

function shownOf(figure: Parameters<typeof shown>[0] | undefined): string {
  return figure ? shown(figure) : '–'
}

function megabytes(bytes = Number.NaN): string {
  return rounded(bytes / 1e6)
}

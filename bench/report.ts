import { table } from '../scripts/keys/command.ts'
import { type Figure, figureOf, ratioOf, rounded, shown } from './measure.ts'
import type { Results } from './results.ts'
import { type Sample, SERVERS } from './servers.ts'
import { imprecisionOf, type Target } from './targets.ts'

type Rows = { head: string[]; rows: string[][] }

/** The text for the terminal: the servers and the targets. */
export function printedReport(results: Results, targets: readonly Target[]): string {
  const plain = ({ head, rows }: Rows) =>
    table(
      head,
      rows.map((row) => row.map((cell) => cell.replaceAll(/[*`]/g, ''))),
    )
  return [plain(serverRows(results)), plain(targetRows(targets)), machineOf(results), imprecisionOf(targets)]
    .filter((part) => part !== undefined)
    .join('\n\n')
}

/** The page for `docs/`. */
export function writtenReport(results: Results, targets: readonly Target[]): string {
  const { applications, latencyUnderAttack, handshakes, signatures, startUp, quick } = results
  const [few, many] = applications.keyFiles
  return `# What authentication costs

Written by \`npm run bench${quick ? ' -- --quick' : ''}\`${quick ? ': an inexact run, so do not rely on its figures' : ''}. ${machineOf(results)}

${packagesOf(results)}

Each figure is a median, with the first and third quartile in parentheses. All cases run in turn, in many rounds. ${imprecisionOf(targets) ?? ''}

## A request

![CPU time for a request](images/benchmarks.svg)

${markdown(serverRows(results))}

All servers send the same small JSON over TLS 1.3 (ECDSA P-256). A caller keeps 32 connections open; each of them sends
its next request when it has the response. Tokens are RS512 with RSA-3072 keys. Each server has a process of its own, and the
caller has one, too. The servers run in turn for 50 ms each; twelve rounds are a block, with new connections and a new token.
A figure of a block is the median of its windows, and a ratio is computed within each block. The CPU time is what the server's
process reports for all its threads. Express and Fastify run with their defaults (Express computes an ETag). "The whole API"
is \`apps/api\` at \`GET /whoami\` with headers, log (to /dev/null), rate limits and authentication, without metrics and without
a query. "Unauthenticated" is the same code with another \`authenticate\`, which accepts every request. The unauthenticated
servers also get the token, and ignore it; "no token sent" marks the exceptions. "Minimal middleware" reads the key file
and calls \`jwt.verify\` for each request. The last rows read the first ten users, from SQLite in memory with rate limits in
memory, and from PostgreSQL with rate limits in Redis (if \`DATABASE_URL\` and \`REDIS_URL\` name them).
${loadOf(results)}

## Targets

${markdown(targetRows(targets))}

## A token

${markdown(verificationRows(results))}

Each call gets a new string, as from a socket. The token source made ${signatures} RSA signatures in 10,000 calls during the lifetime of
one token: it signs the next token after four fifths of the lifetime, while the old token is still valid.

A refusal:

${markdown(refusalRows(results))}

## Applications

${markdown(applicationRows(results))}

- Start-up, from nothing to the first verified token: ${shownOf(few?.microseconds)} µs with one key file, ${shownOf(many?.microseconds)} µs with 100,000; heap
  ${megabytes(few?.heap.median)} and ${megabytes(many?.heap.median)} MB.
- The application registry costs ${shown(applications.listed.microseconds)} µs and ${shown(applications.listed.bytes)} bytes for each application.
- An application that has sent a request takes ${rounded(applications.activeBytes.median)} bytes, for its key and one remembered token. At most 256 tokens
  of each application are remembered.

## The running system

- p99 of a caller with a valid token: ${shown(latencyUnderAttack.quiet)} ms without other traffic, ${shown(latencyUnderAttack.underAttack)} ms while forged tokens arrive.
- New TLS connections in ${handshakes.requests.toLocaleString('en')} requests of app-one's own client, twenty at a time: ${handshakes.handshakes}.
- \`npm start\`, from the command until all three services answer: ${startUp ? `${shown(startUp)} ms` : 'not measured, because another program used one of their ports'}.
- \`npm run bench -- soak\` shows whether memory grows under mixed traffic and key rotations.
`
}

function serverRows({ blocks }: Results): Rows {
  const rows = SERVERS.map(({ name, label, bare }) => {
    const values = (field: keyof Sample, of = name) => (blocks[of] ?? []).map((sample) => sample[field])
    return [
      label,
      shown(figureOf(values('throughput'))),
      shown(figureOf(values('cpu'))),
      shown(figureOf(values('p50'))),
      shown(figureOf(values('p99'))),
      name === bare ? '1' : shown(ratioOf(values('cpu'), values('cpu', bare))),
    ]
  })
  const head = ['server', 'requests/s', 'CPU, µs a request', 'p50, ms', 'p99, ms', 'CPU ÷ unauthenticated']
  return { head, rows }
}

function targetRows(targets: readonly Target[]): Rows {
  return {
    head: ['what', 'target', 'measured', 'met'],
    rows: targets.map(({ text, is, limit, unit, measured, met }) => [
      text,
      `${is} ${limit} ${unit}`.trimEnd(),
      measured ? shown(measured) : 'not measured',
      met === undefined ? '–' : met ? 'yes' : '**no**',
    ]),
  }
}

function verificationRows({ verification, signing }: Results): Rows {
  return {
    head: ['call', 'CPU, µs'],
    rows: [
      ['`crypto.verify` alone', shown(verification.cryptoVerify)],
      ['**Signet, first verification of a token**', shown(verification.first)],
      ['jsonwebtoken, prepared key', shown(verification.jsonwebtoken)],
      ['jsonwebtoken, key as PEM', shown(verification.jsonwebtokenPem)],
      ['jose', shown(verification.jose)],
      ['**Signet, repeated verification of a token**', shown(verification.repeated)],
      ['fast-jwt with its cache, repeated verification', shown(verification.fastJwtCache)],
      ['SHA-256 of a token alone', shown(verification.digest)],
      ['`crypto.sign` alone', shown(signing.cryptoSign)],
      ['**Signet, a new token**', shown(signing.signToken)],
      ['**Signet, a reused token from the token source**', shown(signing.tokenSource)],
    ],
  }
}

function refusalRows({ refusals }: Results): Rows {
  return {
    head: ['token', 'CPU, µs'],
    rows: [
      ['malformed', shown(refusals.malformed)],
      ['signed with another algorithm', shown(refusals.wrongAlgorithm)],
      ['of an unknown application', shown(refusals.unknownApplication)],
      ['expired', shown(refusals.expired)],
      ['with a forged signature (only RSA can detect it)', shown(refusals.forged)],
    ],
  }
}

function applicationRows({ applications }: Results): Rows {
  return {
    head: ['applications', 'repeated verification, µs', 'look-up in the application registry, µs'],
    rows: applications.repeated.map(({ count, verify, find }) => [
      count.toLocaleString('en'),
      shown(verify),
      shown(find),
    ]),
  }
}

function markdown({ head, rows }: Rows): string {
  return [head, head.map((_, column) => (column === 0 ? '---' : '---:')), ...rows]
    .map((row) => `| ${row.join(' | ')} |`)
    .join('\n')
}

function machineOf({ machine }: Results): string {
  const { processor, cores, memory, system, node, openssl, date, load } = machine
  return `${date}: ${processor}, ${cores} cores, ${memory}, ${system}, Node.js ${node}, OpenSSL ${openssl}; load average at the beginning ${load.toFixed(1)}.`
}

function packagesOf({ machine }: Results): string {
  const versions = Object.entries(machine.packages).map(([name, version]) => `${name} ${version}`)
  return `Compared packages: ${versions.join(', ')}.`
}

/** Shows whether the servers, and not their caller, limited the throughput. */
function loadOf({ blocks }: Results): string {
  const samples = Object.values(blocks).flat()
  const percent = (loads: number[]) =>
    `${Math.round(Math.min(...loads) * 100)}–${Math.round(Math.max(...loads) * 100)} %`
  return `The servers used ${percent(samples.map(({ serverLoad }) => serverLoad))} of a core, the caller ${percent(samples.map(({ callerLoad }) => callerLoad))}.`
}

function shownOf(figure: Figure | undefined): string {
  return figure ? shown(figure) : '–'
}

function megabytes(bytes = Number.NaN): string {
  return rounded(bytes / 1e6)
}

import type { ErrorRequestHandler, RequestHandler } from 'express'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { correctApi, files, serve } from '../test/tiny-api.ts'
import { runAttack } from './attack-command.ts'
import type { Report } from './run-probes.ts'

describe('against a correct API, the command', () => {
  it('finds no wrong answer and prints a table', async () => {
    const { both } = await serve(correctApi(), { isPlain: true })

    const { status, printed, errors } = await run(both)

    expect(printed).not.toContain('WRONG')
    expect({ status, errors }).toEqual({ status: 0, errors: [] })
    expect(printed).toMatch(/^alg "none", no signature +CVE-2021-22160: .+ +401 algorithm_not_allowed +ok$/m)
    expect(printed).toMatch(/^a lifetime of 300 s +RFC 7519 .+ +200 +ok$/m)
    expect(printed).toMatch(/^(\d+) of \1 attacks were refused as expected$/m)
    expect(printed).toMatch(/^(\d+) of \1 valid requests were accepted$/m)
  })

  it('finds no wrong answer with Bearer tokens', async () => {
    const { both } = await serve(correctApi())

    const { status } = await run([...both, '--header', 'Authorization', '--only', 'transport'])

    expect(status).toBe(0)
  })

  it('finds no wrong answer of an API that requires an audience, if told so', async () => {
    const { both } = await serve(correctApi({ requireAudience: true }), { isPlain: true })
    const probes = [...both, '--only', 'signature']

    expect((await run([...probes, '--require-audience'])).status).toBe(0)
    const { status, printed } = await run(probes)
    expect(status).toBe(1)
    expect(printed).toMatch(/^signed by the minimal jwt.sign call .+ 401 audience_missing +WRONG/m)
  })

  it('skips what needs a second application, and says so', async () => {
    const { args } = await serve(correctApi())

    const { status, printed } = await run([...args, '--only', 'key'])

    expect(status).toBe(0)
    expect(printed).toMatch(/^kid: another application's, whose key signs .+ skipped$/m)
    expect(printed).toMatch(/^2 were skipped/m)
  })

  it('prints JSON and nothing else with --json', async () => {
    const { both, url } = await serve(correctApi())

    const { printed } = await run([...both, '--only', 'signature', '--json'])

    const report: Report & { url: string } = JSON.parse(printed)
    expect(report).toMatchObject({ url: `${url}/whoami`, passed: true, clockDifference: 0 })
    expect(report.results).toContainEqual({
      name: 'a signature left out',
      group: 'signature',
      kind: 'attack',
      why: 'CVE-2020-28042: ServiceStack accepted a truncated signature',
      expect: { status: 401, code: 'token_rejected' },
      answer: { status: 401, code: 'token_rejected' },
      verdict: 'right',
    })
    expect(new Set(report.results.map(({ group }) => group))).toEqual(new Set(['signature']))
  })

  it('uses the clock of the API, even if it is an hour ahead', async () => {
    const now = () => Date.now() + 3_600_000
    const withDate: RequestHandler = (_req, res, next) => {
      res.set('Date', new Date(now()).toUTCString())
      next()
    }
    const { both } = await serve(correctApi({ now, before: [withDate] }))

    const { status, printed } = await run([...both, '--only', 'times'])

    expect(status).toBe(0)
    expect(printed).toMatch(/clock differs from this one by (3599|3600)\.\d s/)
  })
})

describe('the command finds wrong answers of', () => {
  it('an API that refuses everything, and names possible reasons', async () => {
    const { both } = await serve((_req, res) => void res.writeHead(401).end('{"code":"token_rejected"}'))

    const { status, printed } = await run([...both, '--only', 'signature'])

    expect(status).toBe(1)
    expect(printed).toContain('0 of 4 valid requests were accepted')
    expect(printed).toContain('Nothing was accepted')
  })

  it('an API that accepts everything', async () => {
    const { both } = await serve((_req, res) => void res.end('{}'))

    const { status, printed } = await run([...both, '--only', 'signature'])

    expect(status).toBe(1)
    expect(printed).toMatch(/^0 of \d+ attacks were refused/m)
    expect(printed).toMatch(/^a signature left out +CVE-2020-28042: .+ +200 +WRONG$/m)
    expect(printed).toContain('expected 401 token_rejected, got 200: wrong status')
  })

  it('an API without codes, unless --status-only is given', async () => {
    const refuse: ErrorRequestHandler = ({ status }, _req, res, _next) => void res.status(status).end()
    const { both } = await serve(correctApi({ refuse }))

    const strict = await run([...both, '--only', 'signature'])
    const lenient = await run([...both, '--only', 'signature', '--status-only'])

    expect([strict.status, lenient.status]).toEqual([1, 0])
    expect(strict.printed).toContain('got 401: no code')
  })

  it('an API that remembers verified tokens by a part of them', async () => {
    const verified = new Map<string, unknown>()
    const remember: RequestHandler = (req, res, next) => {
      const payload = req.get('x-token')?.split('.')[1] ?? ''
      if (verified.has(payload)) return void res.json(verified.get(payload))
      const { json } = res
      res.json = (body) => {
        if (res.statusCode === 200) verified.set(payload, body)
        return json.call(res, body)
      }
      next()
    }
    const { both } = await serve(correctApi({ before: [remember] }))

    const { status, printed } = await run([...both, '--only', 'signature'])

    expect(status).toBe(1)
    expect(printed).toMatch(/^a signature left out .+ 200 +WRONG$/m)
  })

  it('an API that closes the connection', async () => {
    const close: RequestHandler = (req, _res, next) =>
      req.get('x-token')?.endsWith('.') ? void req.socket.destroy() : next()
    const { both } = await serve(correctApi({ before: [close] }))

    const { status, printed } = await run([...both, '--only', 'signature'])

    expect(status).toBe(1)
    expect(printed).toMatch(/^a signature left out .+ no answer +WRONG$/m)
  })
})

describe('when the API answers 429, the command', () => {
  it('waits as long as Retry-After asks, says so, and repeats the request', async () => {
    let failures = 0
    const refuse: ErrorRequestHandler = ({ status, code }, _req, res, _next) => {
      failures++
      if (failures % 10 === 0) res.status(429).set('Retry-After', '7').json({ code: 'rate_limited' })
      else res.status(status).json({ code })
    }
    const { both } = await serve(correctApi({ refuse }))

    const { status, errors, waits } = await run([...both, '--only', 'signature'])

    const [hint, ...lines] = errors
    expect(status).toBe(0)
    expect(new Set(waits)).toEqual(new Set([7]))
    expect(hint).toContain('FAILURE_LIMIT=100000 npm start')
    expect(lines).toHaveLength(waits.length)
    expect(lines[0]).toMatch(/^\d+ of \d+ tried. Rate limited \(429\): continues in 7 s, about \d+ s left\.$/)
  })

  it('counts the 429 as the answer after three attempts', async () => {
    const limit: RequestHandler = (req, res, next) =>
      req.get('x-token')?.endsWith('.') ? void res.status(429).set('Retry-After', '1').end() : next()
    const { both } = await serve(correctApi({ before: [limit] }))

    const { status, printed, waits } = await run([...both, '--only', 'signature'])

    expect({ status, waits }).toEqual({ status: 1, waits: [1, 1] })
    expect(printed).toMatch(/^a signature left out .+ 429 +WRONG$/m)
  })
})

describe('the exit status is 2', () => {
  it('when the API does not listen', async () => {
    const { status, errors } = await run(['https://localhost:9', '--key', files.key])

    expect(status).toBe(2)
    expect(errors.join()).toMatch(/^https:\/\/localhost:9: .*ECONNREFUSED/)
  })

  it.each(['', '0'])(
    'when the authority is not trusted, with a hint (NODE_TLS_REJECT_UNAUTHORIZED=%j)',
    async (value) => {
      vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', value)
      onTestFinished(() => void vi.unstubAllEnvs())
      const { url } = await serve(correctApi())

      const { status, errors } = await run([url, '--key', files.key])

      expect(status).toBe(2)
      expect(errors.join()).toMatch(
        /^https:.* self-signed certificate.*Trust its authority with --ca FILE\.$/,
      )
    },
  )

  it('when a file cannot be read', async () => {
    const { status, errors } = await run(['--key', files.key, '--ca', '/none'])

    expect(status).toBe(2)
    expect(errors.join()).toMatch(/^\/none cannot be read: ENOENT/)
  })

  it('when the key file holds no key', async () => {
    const { status, errors } = await run(['--key', files.ca])

    expect(status).toBe(2)
    expect(errors).toEqual([`${files.ca}: holds a CERTIFICATE, not a private key`])
  })

  it('when the command line is wrong, with a hint how to get help', async () => {
    const { status, errors } = await run(['--olny', 'key'])

    expect(status).toBe(2)
    expect(errors.join()).toMatch(/'--olny'.*\nHelp: npm run attack -- --help/s)
  })
})

it('the command prints its usage with --help', async () => {
  const { status, printed } = await run(['--help'])

  expect(status).toBe(0)
  expect(printed).toMatch(/^Usage: npm run attack -- \[URL\]/)
})

async function run(args: string[]) {
  const printed: string[] = []
  const errors: string[] = []
  const waits: number[] = []
  const status = await runAttack(args, {
    print: (text) => printed.push(text),
    printError: (line) => errors.push(line),
    wait: async (seconds) => void waits.push(seconds),
  })
  return { status, printed: printed.join('\n'), errors, waits }
}

import { createService } from '@signet/testing/service'
import { startSystem } from '@signet/testing/system'
import { afterAll, expect, onTestFinished, test } from 'vitest'

const system = await startSystem({ pages: false })
afterAll(system.stop)

test.each([
  ['ahead', 600_000, 'token_issued_in_future'],
  ['behind', -600_000, 'token_expired'],
])(
  'an application whose clock is ten minutes %s is refused once, then uses the clock of the API',
  async (_, shift, code) => {
    const application = createService('app-one', {
      ...system.pageEnv('app-one'),
      NODE_OPTIONS: `--import ${clockThatDiffers(shift)}`,
    })
    onTestFinished(async () => void (await application.kill()))
    await application.start()
    const from = system.api.log.length

    const statuses = []
    for (let visit = 1; visit <= 3; visit++) {
      const headers = { 'x-request-id': `${code}-${visit}` }
      statuses.push((await fetch(application.url, { headers })).status)
    }

    expect(statuses).toEqual([200, 200, 200])
    await system.api.logged(({ requestId, status }) => requestId === `${code}-3` && status === 200)
    const answers = system.api.log.slice(from).filter(({ msg }) => msg === 'request')
    expect(answers.map((line) => line.code ?? line.status)).toEqual([code, 200, 200, 200])
    const notices = application.log.filter(({ corrected }) => corrected !== undefined)
    expect(notices).toEqual([expect.objectContaining({ level: 'warn', corrected: true })])
    expect(Math.abs(Number(notices[0]?.milliseconds) + shift)).toBeLessThan(5000)
  },
)

/** A module that shifts the clock of a process by so many milliseconds. */
function clockThatDiffers(milliseconds: number): string {
  const module = `const now = Date.now; Date.now = () => now() + ${milliseconds}`
  return `data:text/javascript,${encodeURIComponent(module)}`
}

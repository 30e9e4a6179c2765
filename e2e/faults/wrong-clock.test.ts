import { expect, onTestFinished, test } from 'vitest'
import { startSystem } from '../system.ts'

test.each([
  ['ahead', 600_000, 'token_issued_in_future'],
  ['behind', -600_000, 'token_expired'],
])(
  'applications whose clock is ten minutes %s are refused once, and follow the API',
  async (_, shift, code) => {
    const system = await startSystem({
      env: { apps: { NODE_OPTIONS: `--import ${clockThatDiffers(shift)}` } },
    })
    onTestFinished(system.stop)

    const pages = []
    for (const id of ['first', 'second', 'third'])
      pages.push(await fetch(system.appOne.url, { headers: { 'x-request-id': id } }))
    await system.api.logged(({ requestId, status }) => requestId === 'third' && status === 200)

    expect(pages.map(({ status }) => status)).toEqual([200, 200, 200])
    const answered = system.api.log.filter(({ msg }) => msg === 'request')
    expect(answered.map(({ status, code }) => [status, code])).toEqual([
      [401, code],
      ...Array(3).fill([200, undefined]),
    ])
    const notices = system.appOne.log.filter(({ corrected }) => corrected !== undefined)
    expect(notices).toEqual([expect.objectContaining({ level: 'warn', corrected: true })])
    expect(Math.abs(Number(notices[0]?.milliseconds) + shift)).toBeLessThan(5000)
  },
)

/** A module that shifts the clock of a process by so many milliseconds. */
function clockThatDiffers(milliseconds: number): string {
  const module = `const now = Date.now; Date.now = () => now() + ${milliseconds}`
  return `data:text/javascript,${encodeURIComponent(module)}`
}

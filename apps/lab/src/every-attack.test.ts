import { afterAll, beforeAll, expect, it } from 'vitest'
import { type RunningLab, startLab } from '../test/running-lab.ts'
import { openCatalogue } from './catalogue.ts'

let lab: RunningLab
beforeAll(async () => {
  lab = await startLab()
})
afterAll(() => lab?.stop())

it('every attack gets the correct answer, and its page names the check and shows no signature', async () => {
  const faults: string[] = []

  for (const { id, probe } of openCatalogue().entries) {
    lab.sent.length = 0
    const response = await fetch(`${lab.url}/attacks/${id}`, { method: 'POST' })
    const page = await response.text()

    const [header, claims, signature = ''] = lab.goodToken().split('.')
    expect(signature.length).toBe(512)
    const secret = [JSON.stringify(lab.sent), header, claims, ...encodingsOf(signature)].join('\n')
    if (response.status !== 200) faults.push(`${probe.name}: ${response.status}`)
    if (!page.includes('class="verdict right"')) faults.push(`${probe.name}: a wrong answer`)
    if (page.includes('do not agree'))
      faults.push(`${probe.name}: the library in this process gives another answer`)
    if (probe.expect.status === 401 && !page.includes('stopped here'))
      faults.push(`${probe.name}: no check is named`)
    if (lab.sent.length !== (probe.primed ? 2 : 1)) faults.push(`${probe.name}: ${lab.sent.length} requests`)
    const leak = slicesOf(secret).find((slice) => page.includes(slice))
    if (leak) faults.push(`${probe.name}: shows ${leak}`)
  }

  expect(faults).toEqual([])
})

/** The encodings from which the signature could be restored. */
function encodingsOf(signature: string): string[] {
  const bytes = Buffer.from(signature, 'base64url')
  return [signature, bytes.toString('base64'), bytes.toString('hex')]
}

/** Slices of all long runs of characters: a page that shows 60 characters of a run shows at least one whole slice. */
function slicesOf(text: string): string[] {
  return (text.match(/[\w+/-]{40,}/g) ?? []).flatMap((run) =>
    Array.from({ length: Math.floor(run.length / 20) - 1 }, (_, place) =>
      run.slice(place * 20, place * 20 + 40),
    ),
  )
}

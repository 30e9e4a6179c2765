import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createReadiness } from '@signet/service'
import { describe, expect, it } from 'vitest'
import { recordLog } from '../../test/api.ts'
import { createMetrics } from './metrics.ts'

const FOLDER = join(import.meta.dirname, '../../../../deploy/prometheus')
const RULES = readFileSync(join(FOLDER, 'alerts.yml'), 'utf8')

const HAS_PROMTOOL = spawnSync('promtool', ['--version']).status === 0
if (!HAS_PROMTOOL && process.env.CI === 'true') throw new Error('The tests need promtool')
if (!HAS_PROMTOOL) console.warn('Tests of the alert rules are skipped: promtool is not installed')

describe('the alert rules', () => {
  it('use only metrics that the API has', () => {
    const metrics = createMetrics()
    metrics.watch(createReadiness({ checks: {}, log: recordLog().log }))
    metrics.watchRegistry({ fault: () => undefined })
    const told = metrics.registry.getMetricsAsArray().map(({ name }) => name)

    const asked = RULES.match(/\b(signet|nodejs)_[a-z0-9_]+/g) ?? []

    expect(asked.length).toBeGreaterThan(5)
    for (const name of asked) expect(told).toContain(name)
  })

  it('each have a test', () => {
    const tested = readFileSync(join(FOLDER, 'alerts.test.yml'), 'utf8')

    for (const [, name] of RULES.matchAll(/alert: (\w+)/g))
      expect(tested).toMatch(RegExp(`alertname: ${name}\\n\\s+exp_alerts`))
  })

  it.skipIf(!HAS_PROMTOOL)('fire when they should, and do not fire before', () => {
    const { status, stdout, stderr } = spawnSync('promtool', ['test', 'rules', 'alerts.test.yml'], {
      cwd: FOLDER,
      encoding: 'utf8',
    })

    expect(`${stdout}${stderr}`).not.toContain('FAILED')
    expect(status).toBe(0)
  })
})

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { mountSecrets, scaled } from './cluster.ts'
import { type Manifest, nameOf } from './manifest.ts'

const { faults } = mountSecrets()

const mistakes = readFileSync(join(import.meta.dirname, 'mistakes.txt'), 'utf8')
  .split('\n')
  .filter((line) => line && !line.startsWith('#'))
  .map((line) => line.split(' | ') as [where: string, right: string, wrong: string, fault: string])

test.each(mistakes)('in %s, %s made %s is found', async (where, right, wrong, fault) => {
  const manifests = scaled.map((manifest) =>
    nameOf(manifest) === where ? change(manifest, right, wrong) : manifest,
  )

  expect((await faults(manifests)).join('\n')).toContain(fault)
})

/** The manifest with the first `right` of its JSON text made `wrong`. */
function change(manifest: Manifest, right: string, wrong: string): Manifest {
  const text = JSON.stringify(manifest)
  expect(text).toContain(right)
  return JSON.parse(text.replace(right, wrong))
}

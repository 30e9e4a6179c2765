import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { readKustomization } from './manifests.ts'

const KUSTOMIZATION = 'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n'
const SERVICE = 'apiVersion: v1\nkind: Service\nmetadata: { name: a }\n'

test('a field that is not supported is refused, since its effect would not be checked', () => {
  const folder = folderWith({ 'kustomization.yaml': `${KUSTOMIZATION}namePrefix: x-` })

  expect(() => readKustomization(folder)).toThrow('namePrefix is not supported')
})

test('a manifest that the kustomization does not name is refused', () => {
  const folder = folderWith({ 'kustomization.yaml': KUSTOMIZATION, 'service.yaml': SERVICE })

  expect(() => readKustomization(folder)).toThrow('does not name service.yaml')
})

test('a patch of a field that does not exist is refused', () => {
  const patch =
    'patches: [{ target: { kind: Service, name: a }, patch: "[{ op: remove, path: /spec/ports }]" }]'
  const folder = folderWith({
    'kustomization.yaml': `${KUSTOMIZATION}resources: [service.yaml]\n${patch}`,
    'service.yaml': SERVICE,
  })

  expect(() => readKustomization(folder)).toThrow('a patch cannot remove /spec/ports of Service a')
})

test('a file that is not valid YAML, or has a key twice, is refused', () => {
  const folder = folderWith({
    'kustomization.yaml': `${KUSTOMIZATION}resources: [service.yaml]`,
    'service.yaml': `${SERVICE}kind: Service\n`,
  })

  expect(() => readKustomization(folder)).toThrow('Map keys must be unique')
})

function folderWith(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'signet-kustomization-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  return folder
}

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { base, mountSecrets, scaled, trial } from './cluster.ts'
import { type Manifest, nameOf, ofKind } from './manifests.ts'
import { reachOf } from './reach.ts'

const { mounts, faults } = mountSecrets()

const mistakes = readFileSync(join(import.meta.dirname, 'mistakes.txt'), 'utf8')
  .split('\n')
  .filter((line) => line && !line.startsWith('#'))
  .map((line) => line.split(' | ') as [where: string, right: string, wrong: string, fault: string])

test.each(mistakes)('in %s, a change of %s to %s is found', async (where, right, wrong, fault) => {
  const manifests = scaled.map((manifest) =>
    nameOf(manifest) === where ? change(manifest, right, wrong) : manifest,
  )

  expect((await faults(manifests)).join('\n')).toContain(fault)
})

/** The manifest with the first `right` of its JSON text replaced by `wrong`. */
function change(manifest: Manifest, right: string, wrong: string): Manifest {
  const text = JSON.stringify(manifest)
  expect(text).toContain(right)
  return JSON.parse(text.replace(right, wrong))
}

test.each(Object.entries({ base, trial, scaled }))('%s has no faults', async (_name, manifests) => {
  expect(await faults(manifests)).toEqual([])
})

test('only the apps reach the API, and only the API reaches database and Redis', () => {
  expect(reachOf(trial).sort()).toEqual([
    'api → dns:53',
    'api → outside:5432',
    'api → outside:6379',
    'api → postgres:5432',
    'api → redis:6379',
    'app-one → api:3000',
    'app-one → dns:53',
    'app-two → api:3000',
    'app-two → dns:53',
    'other pod → dns:53',
    'postgres → dns:53',
    'redis → dns:53',
  ])
})

test('each network policy is needed: without it, other connections are possible', () => {
  expect(reachOf(without(trial, 'NetworkPolicy default-deny'))).toContain('outside → app-one:3001')
  expect(reachOf(without(trial, 'NetworkPolicy api-hears-apps'))).not.toContain('app-one → api:3000')
  expect(reachOf(without(trial, 'NetworkPolicy apps-reach-api'))).not.toContain('app-one → api:3000')
})

test('all objects are in one namespace, and each name exists once', () => {
  const names = scaled.map(nameOf)
  const namespaces = scaled.map(({ kind, metadata }) =>
    kind === 'Namespace' ? metadata?.name : metadata?.namespace,
  )

  expect(new Set(namespaces)).toEqual(new Set(['signet']))
  expect(names).toEqual([...new Set(names)])
})

test('with an autoscaler, the manifest sets no number of replicas', () => {
  const replicasIn = (manifests: readonly Manifest[]) =>
    ofKind(manifests, 'Deployment').find(({ metadata }) => metadata?.name === 'api')?.spec?.replicas

  expect(replicasIn(base)).toBe(3)
  expect(replicasIn(scaled)).toBeUndefined()
})

test('each service mounts the keys that it needs, and no key of another service', () => {
  const keysOf = (service: string) =>
    readdirSync(join(mounts, service)).filter((name) => /_(private|public)\.pem$/.test(name))

  expect(keysOf('api').map((name) => name.replace(/^.*_/, ''))).toEqual(['public.pem', 'public.pem'])
  for (const app of ['app-one', 'app-two'])
    expect(keysOf(app)).toEqual([expect.stringMatching(/_private\.pem$/)])
  expect(readdirSync(join(mounts, 'postgres'))).toEqual(['password'])
})

function without(manifests: readonly Manifest[], name: string): Manifest[] {
  return manifests.filter((manifest) => nameOf(manifest) !== name)
}

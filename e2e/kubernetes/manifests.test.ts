import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { base, mountSecrets, scaled, trial } from './cluster.ts'
import { type Manifest, nameOf, ofKind } from './manifest.ts'
import { reachOf } from './reach.ts'

const { mounts, faults } = mountSecrets()

test.each(Object.entries({ base, trial, scaled }))('nothing is wrong with %s', async (_name, manifests) => {
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
    'postgres → dns:53',
    'redis → dns:53',
    'stranger → dns:53',
  ])
})

test('with one policy less, more or less would get through', () => {
  expect(reachOf(without(trial, 'NetworkPolicy default-deny'))).toContain('outside → app-one:3001')
  expect(reachOf(without(trial, 'NetworkPolicy api-hears-apps'))).not.toContain('app-one → api:3000')
  expect(reachOf(without(trial, 'NetworkPolicy apps-reach-api'))).not.toContain('app-one → api:3000')
})

test('everything is in one namespace, and every name is there once', () => {
  const names = scaled.map(nameOf)
  const namespaces = scaled.map(({ kind, metadata }) =>
    kind === 'Namespace' ? metadata?.name : metadata?.namespace,
  )

  expect(new Set(namespaces)).toEqual(new Set(['signet']))
  expect(names).toEqual([...new Set(names)])
})

test('the number of replicas is left to the autoscaler where there is one', () => {
  const replicasIn = (manifests: readonly Manifest[]) =>
    ofKind(manifests, 'Deployment').find(({ metadata }) => metadata?.name === 'api')?.spec?.replicas

  expect(replicasIn(base)).toBe(3)
  expect(replicasIn(scaled)).toBeUndefined()
})

test('each service mounts the keys that it needs, and none of another', () => {
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

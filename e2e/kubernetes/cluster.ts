import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '@signet/testing/process'
import { afterAll, beforeAll } from 'vitest'
import { faultsOf } from './faults.ts'
import type { Manifest } from './manifests.ts'
import { readKustomization } from './manifests.ts'

const KUBERNETES = join(import.meta.dirname, '../../deploy/kubernetes')

/** The base; the base with the databases of the trial; and both with autoscaling. */
export const base = readKustomization(join(KUBERNETES, 'base'))
export const trial = readKustomization(join(KUBERNETES, 'trial'))
export const scaled = readKustomization(join(KUBERNETES, 'components/scaling'), structuredClone(trial))

/** Makes new secrets for the tests of this file, in folders like those that a cluster mounts. */
export function mountSecrets() {
  const folder = mkdtempSync(join(tmpdir(), 'signet-kubernetes-'))
  const mounts = join(folder, 'mounts')
  beforeAll(() => putSecrets(folder, mounts))
  afterAll(() => rmSync(folder, { recursive: true }))
  return {
    mounts,
    faults: (manifests: readonly Manifest[]) => faultsOf(manifests, (secret) => join(mounts, secret)),
  }
}

const ROOT = join(import.meta.dirname, '../..')

/** A small `kubectl` for `secrets.sh`: writes the files of a secret to a folder with its name, as in a mount. */
const KUBECTL = `#!/bin/sh
set -eu
case "$1 $2" in
  'create secret') ;;
  'apply --filename') [ -e "$3" ] && exit ;;
  'annotate pods') exit ;;
  'apply --server-side') exec cat >/dev/null ;;
esac
folder=$MOUNTS/$4
mkdir "$folder"
while [ $# -gt 0 ]; do
  if [ "$1" = --from-file ]; then
    if [ -d "$2" ]; then find "$2" -maxdepth 1 -type f -exec cp {} "$folder" ';'
    else case $2 in *=*) cp "\${2#*=}" "$folder/\${2%%=*}" ;; *) cp "$2" "$folder" ;; esac; fi
  fi
  shift
done
`

/** Provisions keys below `folder` and runs `secrets.sh`, which writes each secret to a folder with its name in `mounts`. */
async function putSecrets(folder: string, mounts: string): Promise<void> {
  const bin = join(folder, 'bin')
  mkdirSync(mounts)
  mkdirSync(bin)
  mkdirSync(join(folder, 'secrets'))
  writeFileSync(join(bin, 'kubectl'), KUBECTL)
  chmodSync(join(bin, 'kubectl'), 0o755)
  for (const path of ['applications.json', 'deploy/kubernetes/secrets.sh', 'deploy/kubernetes/base'])
    cpSync(join(ROOT, path), join(folder, path), { recursive: true })

  const places = [
    '--secrets',
    join(folder, 'secrets'),
    '--database-password',
    join(folder, 'secrets/database-password'),
  ]
  await succeed(process.execPath, [join(ROOT, 'scripts/keys.ts'), 'provision', ...places])
  const env = { ...process.env, PATH: `${bin}:${process.env.PATH}`, MOUNTS: mounts }
  const all = ['api', 'app-one', 'app-two', 'postgres']
  await succeed(join(folder, 'deploy/kubernetes/secrets.sh'), all, env)
}

async function succeed(program: string, args: string[], env = process.env): Promise<void> {
  const { status, errors } = await run(program, args, { env })
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: exit ${status}\n${errors}`)
}

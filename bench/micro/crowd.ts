import { copyFileSync, linkSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { publicKeyFile } from '../../packages/auth/src/index.ts'
import type { Stage } from '../stage.ts'

/** An application registry and a key folder. */
export type Crowd = { applications: string; publicKeys: string }

/** Links that are made of one file before the next copy: file systems set a limit, ext4 at 65,000. */
const LINKS = 10_000

export const appIdOf = (index: number) => `crowd-${index}`

/** Writes an application registry of so many applications. */
export function makeList({ folder }: Stage, count: number): string {
  const file = join(folder, `list-of-${count}.json`)
  const list = Array.from({ length: count }, (_, index) => ({
    appId: appIdOf(index),
    name: `application-${index}`,
    permissions: ['users:read'],
  }))
  writeFileSync(file, JSON.stringify(list))
  return file
}

/** Fills a folder with so many public-key files, all with the stage's own key. */
export function makeKeys({ folder, publicKeyPath }: Stage, count: number): string {
  const place = join(folder, `keys-of-${count}`)
  mkdirSync(place)
  let copy = publicKeyPath
  for (let index = 0; index < count; index++) {
    const file = join(place, publicKeyFile(appIdOf(index)))
    if (index % LINKS === 0) {
      copyFileSync(publicKeyPath, file)
      copy = file
    } else linkSync(copy, file)
  }
  return place
}

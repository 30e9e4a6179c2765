import { copyFileSync, linkSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { publicKeyFile } from '../packages/auth/src/index.ts'
import { startChild } from './child.ts'
import type { Fixture } from './fixture.ts'
import type { ManyApplicationsMethods } from './many-applications-process.ts'
import { type Figure, figureOf, type Plan } from './measure.ts'

const COUNTS = [1, 1000, 100_000]
const MANY = 100_000
/** Links made to one copy before the next copy is made: file systems limit their number, ext4 to 65,000. */
const LINKS = 10_000

export type ApplicationFigures = {
  /** Start-up and heap with 1 and with 100,000 key files, for the same application registry with one application. */
  keyFiles: { count: number; microseconds: Figure; heap: Figure }[]
  /** For each application of an application registry with 100,000. */
  listed: { microseconds: Figure; bytes: Figure }
  /** Microseconds, by the number of applications. */
  repeated: { count: number; verify: Figure; find: Figure }[]
  /** Resident bytes for each application that has sent a request. */
  activeBytes: Figure
}

type Sizes = { repeats: number; active: number }

/** How costs grow from one application to a thousand and to a hundred thousand. Each figure has its own processes. */
export async function measureApplications(
  fixture: Fixture,
  { repeats, active }: Sizes,
  plan: Plan,
): Promise<ApplicationFigures> {
  const folders = new Map([1, MANY].map((count) => [count, makeKeys(fixture, count)]))
  const registries = new Map(COUNTS.map((count) => [count, makeRegistry(fixture, count)]))
  const paths = (applications: number, keyFiles: number) => ({
    applications: registries.get(applications) ?? '',
    publicKeys: folders.get(keyFiles) ?? '',
  })
  const inProcess = async <T>(use: (child: Process) => Promise<T>): Promise<T> => {
    const child = startChild<ManyApplicationsMethods>('many-applications-process.ts', [fixture.folder])
    try {
      return await use(child)
    } finally {
      await child.stop()
    }
  }

  const started: { few: StartUp; many: StartUp }[] = []
  const opened: { microseconds: number; bytes: number }[] = []
  for (let repeat = 0; repeat < repeats; repeat++) {
    const few = await inProcess((child) => child.call('startUp', paths(1, 1), appIdOf(0), 50))
    const many = await inProcess((child) => child.call('startUp', paths(1, MANY), appIdOf(0), 50))
    started.push({ few, many })
    opened.push(await inProcess((child) => child.call('applications', paths(MANY, MANY), 3)))
  }

  const repeated: ApplicationFigures['repeated'] = []
  for (const count of COUNTS) {
    const appId = appIdOf(Math.floor(count / 2))
    const figures = await inProcess((child) => child.call('repeated', paths(count, MANY), appId, plan))
    repeated.push({ count, ...figures })
  }
  const callers = Array.from({ length: active }, (_, index) => appIdOf(index))
  const activeBytes = await inProcess((child) => child.call('active', paths(MANY, MANY), callers))

  return {
    keyFiles: [
      { count: 1, ...startUpFigures(started.map(({ few }) => few)) },
      { count: MANY, ...startUpFigures(started.map(({ many }) => many)) },
    ],
    listed: {
      microseconds: figureOf(opened.map(({ microseconds }) => microseconds / MANY)),
      bytes: figureOf(opened.map(({ bytes }) => bytes / MANY)),
    },
    repeated,
    activeBytes: figureOf([activeBytes]),
  }
}

type Process = ReturnType<typeof startChild<ManyApplicationsMethods>>
type StartUp = { microseconds: number; heap: number }

function startUpFigures(values: StartUp[]) {
  return {
    microseconds: figureOf(values.map(({ microseconds }) => microseconds)),
    heap: figureOf(values.map(({ heap }) => heap)),
  }
}

function appIdOf(index: number): string {
  return `many-${index}`
}

/** Writes an application registry with `count` applications. */
function makeRegistry({ folder }: Fixture, count: number): string {
  const file = join(folder, `registry-of-${count}.json`)
  const registry = Array.from({ length: count }, (_, index) => ({
    appId: appIdOf(index),
    name: `application-${index}`,
    permissions: ['users:read'],
  }))
  writeFileSync(file, JSON.stringify(registry))
  return file
}

/** Fills a folder with `count` public-key files, all with the public key of the fixture. */
function makeKeys({ folder, publicKeyPath }: Fixture, count: number): string {
  const keys = join(folder, `keys-of-${count}`)
  mkdirSync(keys)
  let copy = publicKeyPath
  for (let index = 0; index < count; index++) {
    const file = join(keys, publicKeyFile(appIdOf(index)))
    if (index % LINKS === 0) {
      copyFileSync(publicKeyPath, file)
      copy = file
    } else linkSync(copy, file)
  }
  return keys
}

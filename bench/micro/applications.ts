import { startChild } from '../child.ts'
import type { Stage } from '../stage.ts'
import { type Figure, figureOf } from '../statistics.ts'
import { makeKeys, makeList } from './crowd.ts'
import type { Plan } from './measure.ts'
import type { OpenedQuestions } from './opened.ts'

const COUNTS = [1, 1000, 100_000]
const MANY = 100_000

export type ApplicationFigures = {
  /** Start-up and heap with 1 and with 100,000 key files, for the same application registry of one. */
  keyFiles: { count: number; microseconds: Figure; heap: Figure }[]
  /** For each application on an application registry of 100,000. */
  listed: { microseconds: Figure; bytes: Figure }
  /** Microseconds, by how many applications there are. */
  repeated: { count: number; verify: Figure; find: Figure }[]
  /** Resident bytes for each application that has called. */
  activeBytes: Figure
}

type Sizes = { repeats: number; active: number }

/** One application, a thousand, a hundred thousand: what changes. Each figure comes from processes of its own. */
export async function measureApplications(
  stage: Stage,
  { repeats, active }: Sizes,
  plan: Plan,
): Promise<ApplicationFigures> {
  const keys = new Map([1, MANY].map((count) => [count, makeKeys(stage, count)]))
  const lists = new Map(COUNTS.map((count) => [count, makeList(stage, count)]))
  const crowd = (listed: number, files: number) => ({
    applications: lists.get(listed) ?? '',
    publicKeys: keys.get(files) ?? '',
  })
  const inProcess = async <T>(ask: (opened: Opened) => Promise<T>): Promise<T> => {
    const opened = startChild<OpenedQuestions>('micro/opened.ts', [stage.folder])
    try {
      return await ask(opened)
    } finally {
      await opened.stop()
    }
  }

  const started: { few: StartUp; many: StartUp }[] = []
  const lengthy: { microseconds: number; bytes: number }[] = []
  for (let repeat = 0; repeat < repeats; repeat++) {
    const few = await inProcess((opened) => opened.ask('startUp', crowd(1, 1), 50))
    const many = await inProcess((opened) => opened.ask('startUp', crowd(1, MANY), 50))
    started.push({ few, many })
    lengthy.push(await inProcess((opened) => opened.ask('applications', crowd(MANY, MANY), 3)))
  }

  const repeated: ApplicationFigures['repeated'] = []
  for (const count of COUNTS) {
    const middle = Math.floor(count / 2)
    const figures = await inProcess((opened) => opened.ask('repeated', crowd(count, MANY), middle, plan))
    repeated.push({ count, ...figures })
  }
  const activeBytes = await inProcess((opened) => opened.ask('active', crowd(MANY, MANY), active))

  return {
    keyFiles: [
      { count: 1, ...startUpFigures(started.map(({ few }) => few)) },
      { count: MANY, ...startUpFigures(started.map(({ many }) => many)) },
    ],
    listed: {
      microseconds: figureOf(lengthy.map(({ microseconds }) => microseconds / MANY)),
      bytes: figureOf(lengthy.map(({ bytes }) => bytes / MANY)),
    },
    repeated,
    activeBytes: figureOf([activeBytes]),
  }
}

type Opened = ReturnType<typeof startChild<OpenedQuestions>>
type StartUp = { microseconds: number; heap: number }

function startUpFigures(values: StartUp[]) {
  return {
    microseconds: figureOf(values.map(({ microseconds }) => microseconds)),
    heap: figureOf(values.map(({ heap }) => heap)),
  }
}

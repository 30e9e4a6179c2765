import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { openApplications } from './applications.ts'
import { ApplicationsError } from './errors.ts'
import { createClock } from './testing.ts'

const ONE = { appId: 'id-1', name: 'app-one', permissions: ['users:read'] }
const TWO = { appId: 'id-2', name: 'app-two', permissions: ['*'] }
const clock = createClock()
let folder: string
let file: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'signet-registry-'))
  file = join(folder, 'applications.json')
  write(JSON.stringify([ONE]))
  return () => rmSync(folder, { recursive: true })
})

/** By a rename, so that the file is another one however fast the test is. */
function write(text: string): void {
  writeFileSync(`${file}.new`, text)
  renameSync(`${file}.new`, file)
}

function open() {
  const onFault = vi.fn<(fault: Error) => void>()
  return { onFault, applications: openApplications({ file, now: clock.now, onFault }) }
}

describe('an application registry on disk', () => {
  it('finds an application by its ID', () => {
    const { applications } = open()

    expect(applications.find('id-1')).toEqual(ONE)
    expect(applications.find('id-2')).toBeUndefined()
    expect(applications.find('__proto__')).toBeUndefined()
  })

  it('gives all applications', () => {
    const { applications } = open()

    expect([...applications.all().values()]).toEqual([ONE])
  })

  it('has no fault, and reports none, while it is good', () => {
    const { applications, onFault } = open()

    expect(applications.fault()).toBeUndefined()
    expect(onFault).not.toHaveBeenCalled()
  })

  it('sees within a second what was added, removed or revoked', () => {
    const { applications } = open()
    write(JSON.stringify([TWO]))
    clock.advance(999)
    expect(applications.find('id-2')).toBeUndefined()
    clock.advance(1)

    expect(applications.find('id-1')).toBeUndefined()
    expect(applications.find('id-2')).toEqual(TWO)
    expect([...applications.all().keys()]).toEqual(['id-2'])
  })

  it('throws at once when there is no good list to begin with, naming the file', () => {
    write('[{}]')
    expect(open).toThrow(ApplicationsError)
    expect(open).toThrow(`${file}:1: `)
    rmSync(file)
    expect(open).toThrow(expect.objectContaining({ code: 'ENOENT' }))
  })

  it.each([
    ['cannot be parsed', () => write('[')],
    ['has a fault', () => write('[{}]')],
    ['is gone', () => rmSync(file)],
  ])('keeps the last good list when the file %s, and says so', (_, spoil) => {
    const { applications, onFault } = open()
    spoil()
    clock.advance(1000)

    expect(applications.fault()).toBeInstanceOf(Error)
    expect(applications.find('id-1')).toEqual(ONE)
    expect([...applications.all().values()]).toEqual([ONE])
    clock.advance(3600_000)
    expect(applications.find('id-1')).toEqual(ONE)
    expect(onFault).toHaveBeenCalledExactlyOnceWith(applications.fault())
  })

  it('is refused in another encoding, because a guessed letter would be another name', () => {
    writeFileSync(file, JSON.stringify([{ ...ONE, revokedAt: 'Élodie' }]), 'latin1')

    expect(open).toThrow('is not UTF-8 (byte')
  })

  it('reports each fault once', () => {
    const { applications, onFault } = open()
    const reported = ['[', '[', '[{}]', '[{}]'].map((text) => {
      write(text)
      clock.advance(1000)
      applications.find('id-1')
      return onFault.mock.calls.length
    })

    expect(reported).toEqual([1, 1, 2, 2])
  })

  it('is good again once the file is corrected', () => {
    const { applications } = open()
    write('[')
    clock.advance(1000)
    applications.find('id-1')
    write(JSON.stringify([ONE, TWO]))
    clock.advance(1000)

    expect(applications.fault()).toBeUndefined()
    expect(applications.find('id-2')).toEqual(TWO)
  })

  it('is good again when the folder comes back just as it was', () => {
    const { applications } = open()
    renameSync(folder, `${folder}.away`)
    clock.advance(1000)
    expect(applications.fault()).toMatchObject({ code: 'ENOENT' })
    renameSync(`${folder}.away`, folder)
    clock.advance(1000)

    expect(applications.fault()).toBeUndefined()
  })

  it("uses the system's clock by default", () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    onTestFinished(() => void vi.useRealTimers())
    const applications = openApplications({ file })
    write('[')
    vi.setSystemTime(Date.now() + 1000)

    expect(applications.fault()).toBeInstanceOf(ApplicationsError)
  })
})

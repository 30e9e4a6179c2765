import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'

const PACKAGES = {
  '': { name: 'it' },
  'packages/own': { version: '1.0.0' },
  'node_modules/one': { version: '1.0.0' },
  'packages/own/node_modules/two': { version: '2.0.0' },
  'node_modules/of-another-platform': { version: '3.0.0', optional: true },
}

test('nothing is installed if all packages are there', () => {
  expect(clone().install()).toEqual({ status: 0, calls: '', errors: '' })
})

test.each([
  ['there is none yet', ['node_modules']],
  ['an installation was interrupted', ['node_modules/.package-lock.json']],
  ['the Node.js of the packages is missing, as after --ignore-scripts', ['node_modules/.bin/node']],
  ['a package was removed', ['packages/own/node_modules/two']],
])('the packages are installed if %s, for any settings of the shell', (_, removed) => {
  const { path, install } = clone()
  for (const each of removed) rmSync(path(each), { recursive: true })

  const { status, calls } = install({ NODE_ENV: 'production', npm_config_ignore_scripts: 'true' })

  expect(status).toBe(0)
  expect(calls).toMatch(/^ci .*--include=dev .*--ignore-scripts=false/)
  expect(install().calls).toBe(calls)
})

test('the packages are installed if package-lock.json names another version', () => {
  const { write, install } = clone()
  const lock = lockOf({ 'node_modules/one': { version: '1.0.1' } })
  write('package-lock.json', lock)
  write('whole/node_modules/.package-lock.json', lock)

  expect(install().calls).toMatch(/^ci /)
})

test('a lock that a killed process left is removed', () => {
  const { path, write, install } = clone()
  rmSync(path('node_modules'), { recursive: true })
  write('.installing', String(spawnSync(process.execPath, ['-e', '']).pid))

  expect(install().status).toBe(0)
  expect(existsSync(path('.installing'))).toBe(false)
})

test('if npm fails, the script says what to run, fails too, and leaves no lock', () => {
  const { path, install } = clone()
  rmSync(path('node_modules'), { recursive: true })

  const { status, errors } = install({ NPM_FAILS: '1' })

  expect(status).toBe(1)
  expect(errors).toContain('Run the same command again')
  expect(existsSync(path('.installing'))).toBe(false)
})

/**
 * A clone whose packages are installed. Its `npm` only records its arguments and puts back what is missing: the real npm
 * takes half a minute, and is tested by `e2e/slow/fresh-clone.test.ts`.
 */
function clone() {
  const folder = mkdtempSync(join(tmpdir(), 'signet-install-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const path = (...parts: string[]) => join(folder, ...parts)
  const write = (file: string, text: string, at = folder) => {
    mkdirSync(dirname(join(at, file)), { recursive: true })
    writeFileSync(join(at, file), text)
  }

  write('scripts/package.json', '{ "type": "module" }')
  cpSync(join(import.meta.dirname, 'install.js'), path('scripts/install.js'))
  write('package-lock.json', lockOf(PACKAGES))
  const { 'node_modules/of-another-platform': _, ...installed } = PACKAGES
  for (const each of Object.keys(installed)) write(join(each, 'package.json'), '{}', path('whole'))
  write('node_modules/.bin/node', '', path('whole'))
  write('node_modules/.package-lock.json', lockOf(installed), path('whole'))
  cpSync(path('whole'), folder, { recursive: true })
  write('bin/npm', '#!/bin/sh\n[ "$NPM_FAILS" ] && exit 1\necho "$@" >>calls\ncp -R whole/. .\n')
  chmodSync(path('bin/npm'), 0o755)

  function install(env = {}) {
    const PATH = `${path('bin')}${delimiter}${process.env.PATH}`
    const { status, stderr } = spawnSync(process.execPath, [path('scripts/install.js')], {
      env: { ...process.env, ...env, PATH },
      encoding: 'utf8',
    })
    const calls = existsSync(path('calls')) ? readFileSync(path('calls'), 'utf8') : ''
    return { status, calls, errors: stderr }
  }

  return { path, write, install }
}

function lockOf(packages: object): string {
  return JSON.stringify({ lockfileVersion: 3, packages })
}

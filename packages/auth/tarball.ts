import { execFileSync } from 'node:child_process'
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

// `npm run tarball` packs dist, a folder of its own: the entries of this package are its TypeScript sources, Node.js strips no
// types below node_modules, and npm packs package.json as it is. Comments are in the types only, lines are indented by tabs,
// and source maps name lines but not columns. All this keeps the package small.
const PACKAGE = import.meta.dirname
const DIST = join(PACKAGE, 'dist')
const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

rmSync(DIST, { recursive: true, force: true })
compile('--declaration', 'false', '--removeComments', '--sourceMap')
compile('--emitDeclarationOnly')
const entries = writeManifest()
for (const name of ['README.md', 'CHANGELOG.md', 'LICENSE']) cpSync(join(PACKAGE, name), join(DIST, name))
removeUnusedTypes(entries)
for (const name of filesLike('.js.map')) edit(name, mapLines)
for (const name of [...filesLike('.js'), ...filesLike('.d.ts')]) edit(name, indentByTabs)

function compile(...options: string[]): void {
  execFileSync('tsc', ['-p', 'tsconfig.build.json', ...options], { cwd: PACKAGE, stdio: 'inherit' })
}

function writeManifest(): string[] {
  const { scripts, devDependencies, exports, ...manifest } = JSON.parse(
    readFileSync(join(PACKAGE, 'package.json'), 'utf8'),
  )
  const entries = Object.entries<string>(exports).map(([name, source]) => [
    name,
    source.replace(/^\.\/src\/(.*)\.ts$/, './$1.js'),
  ])
  const content = { ...manifest, exports: Object.fromEntries(entries) }
  writeFileSync(join(DIST, 'package.json'), JSON.stringify(content))
  return Object.values<string>(content.exports)
}

/** Removes the types of files that no entry mentions. */
function removeUnusedTypes(entries: readonly string[]): void {
  const used = new Set(entries.map((entry) => entry.replace('./', '').replace(/\.js$/, '.d.ts')))
  for (const name of used) {
    const text = readFileSync(join(DIST, name), 'utf8')
    for (const [, module] of text.matchAll(/["']\.\/([\w-]+)\.(?:js|ts)["']/g)) used.add(`${module}.d.ts`)
  }
  for (const name of filesLike('.d.ts')) if (!used.has(name)) rmSync(join(DIST, name))
}

/** A source map with the first segment of each line only. */
function mapLines(text: string): string {
  const { version, sources, mappings } = JSON.parse(text)
  let [line, previous] = [0, 0]
  const lines = mappings.split(';').map((segments: string) => {
    const [first, ...rest] = segments.split(',').map((segment) => decode(segment)[2] ?? 0)
    if (segments === '') return ''
    const at = line + (first ?? 0)
    line = at + rest.reduce((sum, step) => sum + step, 0)
    const mapped = `AA${encode(at - previous)}A`
    previous = at
    return mapped
  })
  return JSON.stringify({ version, sources, mappings: lines.join(';') })
}

function indentByTabs(text: string): string {
  return text.replace(/^(?: {4})+/gm, (spaces) => '\t'.repeat(spaces.length / 4))
}

/** Base 64 VLQ (ECMA-426 §6.2): five bits a digit, the lowest first; the lowest bit of a number is its sign. */
function decode(segment: string): number[] {
  return (segment.match(/[g-z0-9+/]*[A-Za-f]/g) ?? []).map((digits) => {
    const value = [...digits].reduceRight((sum, digit) => sum * 32 + (DIGITS.indexOf(digit) % 32), 0)
    return value % 2 ? -(value - 1) / 2 : value / 2
  })
}

function encode(number: number): string {
  const value = number < 0 ? -number * 2 + 1 : number * 2
  const digits = value.toString(32).split('').reverse()
  return digits
    .map((digit, at) => DIGITS[Number.parseInt(digit, 32) + (at < digits.length - 1 ? 32 : 0)])
    .join('')
}

function filesLike(ending: string): string[] {
  return readdirSync(DIST).filter((name) => name.endsWith(ending))
}

function edit(name: string, change: (text: string) => string): void {
  writeFileSync(join(DIST, name), change(readFileSync(join(DIST, name), 'utf8')))
}

import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

// The entries of this package are its sources. A tarball needs JavaScript, since Node strips no types below
// node_modules; and npm packs package.json as it stands. So `prepack` points the entries at dist, and `postpack` back.
const file = join(import.meta.dirname, 'package.json')
const text = readFileSync(file, 'utf8')

if (process.argv[2] === 'dist') {
  writeFileSync(file, text.replaceAll(/"\.\/src\/([\w-]+)\.ts"/g, '"./dist/$1.js"'))
} else {
  writeFileSync(file, text.replaceAll(/"\.\/dist\/([\w-]+)\.js"/g, '"./src/$1.ts"'))
  rmSync(join(import.meta.dirname, 'dist'), { recursive: true, force: true })
}

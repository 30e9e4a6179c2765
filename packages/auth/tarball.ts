import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

// `npm run tarball` makes a tarball. It is packed from dist, a folder of its own: the entries of this package are its
// TypeScript sources, Node.js strips no types below node_modules, and npm packs package.json as it is.
const { scripts, devDependencies, exports, ...manifest } = JSON.parse(
  readFileSync(join(import.meta.dirname, 'package.json'), 'utf8'),
)
const entries = Object.entries<string>(exports).map(([name, source]) => [
  name,
  source.replace(/^\.\/src\/(.*)\.ts$/, './$1.js'),
])
writeFileSync(
  join(import.meta.dirname, 'dist/package.json'),
  JSON.stringify({ ...manifest, exports: Object.fromEntries(entries) }, null, 2),
)

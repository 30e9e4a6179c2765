import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { format } from 'node:util'

// `npm run api-reference` prints docs/api-reference.md, from the types that the compiler emits. They have one form, so that
// their statements can be told apart without a parser.

type Statement = { name: string; isExported: boolean; doc: string; text: string }

const DECLARATION = /^(export )?(?:declare )?((?:function|class|const|type|interface) (\w+)[\s\S]*)/
const PACKAGE = import.meta.dirname
const types = mkdtempSync(join(tmpdir(), 'signet-types-'))
process.once('exit', () => rmSync(types, { recursive: true }))
const args = ['-p', 'tsconfig.build.json', '--emitDeclarationOnly', '--outDir', types]
execFileSync('tsc', args, { cwd: PACKAGE, stdio: 'inherit' })

const { exports } = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8'))
const chapters = Object.entries<string>(exports).map(([name, file]) =>
  format('## @signet/auth%s\n\n%s', name.slice(1), exportsOf(moduleOf(file)).map(describe).join('\n')),
)
console.log(`# API reference of @signet/auth

Made from the sources by \`npm run api-reference\`. To begin, read the [README of the package](../packages/auth/README.md).

${chapters.join('\n')}`)

/** What a module exports: its own statements, and those of the modules that it exports again. */
function exportsOf(module: string): { statement: Statement; others: Statement[] }[] {
  const text = readFileSync(join(types, `${module}.d.ts`), 'utf8')
  const again = [...text.matchAll(/^export (?:\*|\{(.*)\}) from '\.\/(.*)\.[jt]s';$/gm)]
  const theirs = again.flatMap(([, names, from = '']) => {
    const wanted = names?.split(',').map((name) => name.replace('type ', '').trim())
    return exportsOf(from).filter(({ statement }) => wanted?.includes(statement.name) ?? true)
  })
  const all = statementsOf(text)
  const own = all.filter(({ isExported }) => isExported)
  return [
    ...theirs,
    ...own.map((statement) => ({ statement, others: all.filter((other) => !other.isExported) })),
  ]
}

/** The statements of a file of types. Each begins in the first column, and its documentation is above it. */
function statementsOf(text: string): Statement[] {
  const parts = text.split(/\n(?=[^\s}])/)
  return parts.flatMap((part, index) => {
    const [, exported, declaration, name] = DECLARATION.exec(part) ?? []
    if (!declaration || !name) return []
    const above = parts[index - 1]?.startsWith('/**') ? parts[index - 1] : undefined
    const doc = above?.replaceAll(/^\/\*\*|^ ?\*\/|\*\/$|^ \* ?/gm, '').trim() ?? ''
    return [{ name, isExported: exported !== undefined, doc, text: declaration.trim() }]
  })
}

/** `others`: the statements of the same file that are not exported. Those that this one names are shown with it. */
function describe({ statement, others }: ReturnType<typeof exportsOf>[number]): string {
  const { name, doc, text } = statement
  const [prose = '', example] = doc.split('@example ')
  const used = others.filter((other) => new RegExp(`\\b${other.name}\\b`).test(text))
  const code = [text, ...used.map((other) => other.text), ...(example ? [`// Example:\n${example}`] : [])]
  const said = prose.trim().replaceAll(/\{@link (.+?)\}/g, '`$1`')
  return `### ${name}\n\n${said}${said && '\n\n'}\`\`\`ts\n${code.join('\n\n')}\n\`\`\`\n`
}

function moduleOf(file: string): string {
  return file.replace(/^\.\/src\/(.*)\.ts$/, '$1')
}

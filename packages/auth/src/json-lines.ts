import { findNodeAtLocation, type ParseError, parseTree } from 'jsonc-parser'

/** Where something stands in a JSON text: an index, or an index and a field, and so on. */
export type JsonPath = (string | number)[]

/** The line (from 1) of the value at `path`, or of the nearest one around it. */
export function lineOf(text: string, path: JsonPath): number {
  const root = parseTree(text)
  const node = root && findNodeAtLocation(root, path)
  if (node) return lineAt(text, node.offset)
  return path.length > 0 ? lineOf(text, path.slice(0, -1)) : 1
}

/** The line (from 1) on which a text stops being JSON. `JSON.parse` tells it only sometimes. */
export function lineOfSyntaxError(text: string): number {
  const errors: ParseError[] = []
  parseTree(text, errors, { disallowComments: true, allowTrailingComma: false })
  return lineAt(text, errors[0]?.offset ?? 0)
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length
}

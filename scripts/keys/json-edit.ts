import { type Node, parseTree } from 'jsonc-parser'

/** The nodes of a JSON text that is known to be good. */
export function parseJson(text: string): Node {
  return parseTree(text) as Node
}

/** The value of a member of an object. Of repeated members the last counts, as for `JSON.parse`. */
export function memberOf(object: Node, name: string): Node | undefined {
  return object.children?.findLast(({ children }) => children?.[0]?.value === name)?.children?.[1]
}

/**
 * Puts an item at the end of an array, or a member at the end of an object. All other bytes stay as they are, and what
 * stands between two items is repeated. `alone` is what an empty array or object gets between its brackets.
 */
export function appendItem(text: string, container: Node, item: string, alone = item): string {
  const items = container.children ?? []
  const last = items.at(-1)
  if (!last) return replaceBetween(text, container.offset + 1, endOf(container) - 1, alone)
  const before = items.at(-2)
  const separator = before
    ? text.slice(endOf(before), last.offset)
    : `,${text.slice(container.offset + 1, last.offset) || ' '}`
  return replaceBetween(text, endOf(last), endOf(last), `${separator}${item}`)
}

/** Takes an item out of an array, with what separates it. It undoes {@link appendItem} to the byte. */
export function removeItem(text: string, container: Node, item: Node): string {
  const items = container.children ?? []
  const index = items.findIndex(({ offset }) => offset === item.offset)
  const [before, after] = [items[index - 1], items[index + 1]]
  if (before) return replaceBetween(text, endOf(before), endOf(item), '')
  if (after) return replaceBetween(text, item.offset, after.offset, '')
  return replaceBetween(text, container.offset + 1, endOf(container) - 1, '')
}

function endOf({ offset, length }: Node): number {
  return offset + length
}

function replaceBetween(text: string, start: number, end: number, replacement: string): string {
  return text.slice(0, start) + replacement + text.slice(end)
}

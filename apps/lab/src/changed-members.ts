import { readable } from './readable.ts'

/** How a member of a JSON object differs from the good one; `is` and `was` are JSON, and missing where it is. */
export type ChangedMember = Readonly<{ name: string; is?: string; was?: string }>

/** The members that differ, by name. None where one of the texts is no JSON object: then all of it does. */
export function changedMembers(good = '', forged = ''): ChangedMember[] {
  const [was, is] = [membersOf(good), membersOf(forged)]
  if (!was || !is) return []
  return [...new Set([...was.keys(), ...is.keys()])].flatMap((name) => {
    const [before, after] = [was.get(name), is.get(name)]
    if (before === after) return []
    return [
      {
        name: readable(name),
        ...(after && { is: readable(after) }),
        ...(before && { was: readable(before) }),
      },
    ]
  })
}

function membersOf(text: string): Map<string, string> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
    return new Map(Object.entries(value).map(([name, member]) => [name, JSON.stringify(member)]))
  } catch {
    return undefined
  }
}

/**
 * The token in what a person pasted, and what stands round it or in it that does not belong there. White space before and
 * after it is no fault: most ways of pasting add a line break, and no header carries it.
 */
export function unwrapToken(input: string): { token: string; faults: string[] } {
  const faults: string[] = []
  let token = input.trim()
  takeAway(/^"?(x-token|authorization)["']?\s*:\s*/i, 'The name of the header stands before the token.')
  takeAway(QUOTES, 'Quotes stand round the token. The API takes them for a part of it.')
  takeAway(
    /^Bearer\s+/i,
    '"Bearer" stands before the token. It belongs into Authorization only, not into x-token.',
  )
  takeAway(QUOTES, 'Quotes stand round the token. The API takes them for a part of it.')
  takeAway(
    /\s+/g,
    'A space or a line break stands within the token. A terminal or an editor may have put it there.',
  )
  return { token, faults }

  function takeAway(pattern: RegExp, fault: string): void {
    const without = token.replace(pattern, '')
    if (without !== token && !faults.includes(fault)) faults.push(fault)
    token = without
  }
}

/** Typographic ones too, as chats and word processors make them. */
const QUOTES = /^["'`“”‘’]+|["'`“”‘’]+$/g

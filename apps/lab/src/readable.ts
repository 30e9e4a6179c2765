/**
 * Makes what nobody sees visible: control characters as their pictures (Unicode, U+2400), invisible ones and line ends
 * by number. Spaces stay.
 */
export function readable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\u00a0]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0
    return code < 0x20 ? String.fromCodePoint(0x2400 + code) : `⟨${codePoint(character)}⟩`
  })
}

/** Such as U+043E. */
export function codePoint(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`
}

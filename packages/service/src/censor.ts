/**
 * Takes tokens, keys and credential headers out of a finished log line, wherever they stand in it: a message, a stack,
 * a nested object. The line stays valid JSON.
 *
 * It reads the line, not the objects, because a secret that leaks is one that nobody expected at that place.
 */
export function censor(line: string): string {
  return line.replace(HEADER, '"$1":"[redacted]"').replace(TOKEN, '[token]').replace(PEM, '[key]')
}

/**
 * A compact JWS (RFC 7515 §7.1) or what is left of one: base64url of `{"` is `eyJ`. What follows the first part is
 * optional, so that no start is tried in vain: the time stays linear, whatever a caller makes us log.
 */
const TOKEN = /eyJ[\w-]{8,}(?:\.[\w-]*){0,2}/g

// Escapes are taken in pairs, so that a match never ends between a backslash and what it escapes.
const CHARACTER = String.raw`(?:[^"\\]|\\.)`

/** A PEM block up to its end line, or up to the end of the string when it is cut short. */
const PEM = new RegExp(`-----BEGIN ${CHARACTER}*?(?:-----END [A-Z0-9 ]+-----|(?=")|$)`, 'g')

const STRING = `"${CHARACTER}*"`
const NAME = 'x-token|authorization|proxy-authorization|cookie|set-cookie'
const HEADER = new RegExp(`"(${NAME})":(?:${STRING}|\\[(?:${STRING},?)*\\])`, 'gi')

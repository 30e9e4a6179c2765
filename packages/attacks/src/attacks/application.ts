import { each, inGroup, refused } from '../probe.ts'

const PATH = 'RFC 8725 §3.10: the ID becomes a file name, and stands on the application registry first'
const PROTOTYPE = 'RFC 8725 §3.10: the ID is looked up in a table, and objects are born with names'
const EXACT = 'RFC 7519 §7.3: IDs are compared code point by code point'
const UNKNOWN = 'RFC 8725 §3.8: the token names an application with a key, or none'

/** IDs that are not on the application registry, made from one that is. Its key signs, and iss agrees. */
const IDS: Record<string, [idOf: (appId: string) => string, why: string]> = {
  'a path out of the folder': [(id) => `../${id}`, PATH],
  'a path out and in again': [(id) => `../public-keys/${id}`, PATH],
  'a path that stays': [(id) => `./${id}`, PATH],
  'an absolute path': [() => '/etc/passwd', PATH],
  'a path on Windows': [(id) => `..\\${id}`, PATH],
  'a path, encoded': [(id) => `%2e%2e%2f${id}`, PATH],
  'a URL': [(id) => `file:///${id}`, PATH],
  'the name of the key file': [(id) => `${id}_public.pem`, PATH],
  'a file name that ends early': [(id) => `${id}_public.pem\0`, PATH],
  'the folder itself': [() => '.', PATH],
  'the folder above': [() => '..', PATH],
  'an asterisk': [() => '*', PATH],
  'the word __proto__': [() => '__proto__', PROTOTYPE],
  'the word prototype': [() => 'prototype', PROTOTYPE],
  'the word constructor': [() => 'constructor', PROTOTYPE],
  'the word toString': [() => 'toString', PROTOTYPE],
  'the word valueOf': [() => 'valueOf', PROTOTYPE],
  'the word hasOwnProperty': [() => 'hasOwnProperty', PROTOTYPE],
  'the word size': [() => 'size', PROTOTYPE],
  'the word undefined': [() => 'undefined', PROTOTYPE],
  'with a Cyrillic letter': [lookalike, EXACT],
  'in full-width digits and letters': [fullWidth, EXACT],
  'with an invisible character in it': [(id) => `${id.slice(0, 1)}\u200b${id.slice(1)}`, EXACT],
  'with the writing direction turned': [(id) => `\u202e${id}`, EXACT],
  'with an accent on its last letter': [(id) => `${id}\u0301`, EXACT],
  'with a space behind it': [(id) => `${id} `, EXACT],
  'with a space before it': [(id) => ` ${id}`, EXACT],
  'with a tab behind it': [(id) => `${id}\t`, EXACT],
  'with a line break behind it': [(id) => `${id}\n`, EXACT],
  'with a NUL behind it': [(id) => `${id}\0`, EXACT],
  'with a byte order mark before it': [(id) => `\ufeff${id}`, EXACT],
  'in the other case': [otherCase, EXACT],
  'cut short': [(id) => id.slice(0, -1), EXACT],
  'sent twice over': [(id) => id + id, EXACT],
  'in quotes': [(id) => `"${id}"`, EXACT],
  empty: [() => '', UNKNOWN],
  'one that nobody has': [() => '0123456789abcdef', UNKNOWN],
  'SQL that is always true': [(id) => `${id}' OR '1'='1`, UNKNOWN],
  'a shell command': [(id) => `${id};id`, UNKNOWN],
  'of 4,000 letters': [() => 'a'.repeat(4000), UNKNOWN],
}

const TYPES = {
  'left out': undefined,
  null: null,
  true: true,
  'a number': 7,
  'an object for a database': { $ne: null },
  'an object that looks like a text': { toString: 'x', length: 1 },
}

export const application = inGroup('application', [
  ...each(IDS, (title, [idOf, why]) => ({
    name: `appId: ${title}`,
    why,
    forge: ({ token, application: { appId } }) =>
      idOf(appId) === appId ? undefined : token({ appId: idOf(appId) }),
    expect: refused('token_rejected'),
  })),
  ...each(TYPES, (title, appId) => ({
    name: `appId: ${title}, which is no string`,
    why: 'RFC 8725 §3.10: what is looked up must have the right type',
    forge: ({ token, claim }) => token({ claims: { [claim]: appId } }),
    expect: refused('token_malformed'),
  })),
  {
    name: 'appId: a list with the ID in it, which becomes the same text',
    why: 'RFC 8725 §3.10: what is looked up must have the right type',
    forge: ({ token, claim, application: { appId } }) => token({ claims: { [claim]: [appId] } }),
    expect: refused('token_malformed'),
  },
  {
    name: "appId: another application's, with its own kid and signature",
    why: 'RFC 8725 §2.7: substitution',
    forge: ({ token, other }) => other && token({ appId: other.appId }),
    expect: refused('token_rejected'),
  },
  {
    name: "appId: another application's, with that one's kid",
    why: 'RFC 8725 §2.7: substitution',
    forge: ({ token, other }) => other && token({ appId: other.appId, header: { kid: other.keyId } }),
    expect: refused('token_rejected'),
  },
  {
    name: "appId: another application's, without a kid",
    why: 'RFC 8725 §2.7: substitution',
    forge: ({ token, other }) => other && token({ appId: other.appId, header: { kid: undefined } }),
    expect: refused('token_rejected'),
  },
])

/** a, c, e and o have Cyrillic twins; a digit in the lead becomes Arabic. */
function lookalike(id: string): string {
  const twins: Record<string, string> = { a: 'а', c: 'с', e: 'е', o: 'о', 0: '٠', 1: '١', 7: '٧' }
  return id.replace(/[aceo017]/, (letter) => twins[letter] ?? letter)
}

function fullWidth(id: string): string {
  return id.replace(/[!-~]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) + 0xfee0))
}

function otherCase(id: string): string {
  const upper = id.toUpperCase()
  return upper === id ? id.toLowerCase() : upper
}

import { each, inGroup, refused } from '../probe.ts'

const PATH = 'RFC 8725 §3.10: the ID is looked up in the application registry before it becomes a file name'
const PROTOTYPE = 'RFC 8725 §3.10: the ID is looked up, and objects inherit property names'
const EXACT = 'RFC 7519 §7.3: IDs are compared code point by code point'
const UNKNOWN = 'RFC 8725 §3.8: an unknown application has no keys'

/** IDs that are not in the application registry, made from one that is. Its key signs, and iss is the same. */
const IDS: Record<string, [idOf: (appId: string) => string, why: string]> = {
  'a path out of the folder': [(id) => `../${id}`, PATH],
  'a path out of the folder and back': [(id) => `../public-keys/${id}`, PATH],
  'a path inside the folder': [(id) => `./${id}`, PATH],
  'an absolute path': [() => '/etc/passwd', PATH],
  'a Windows path': [(id) => `..\\${id}`, PATH],
  'a path in percent encoding': [(id) => `%2e%2e%2f${id}`, PATH],
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
  'with an invisible character': [(id) => `${id.slice(0, 1)}\u200b${id.slice(1)}`, EXACT],
  'with a right-to-left override': [(id) => `\u202e${id}`, EXACT],
  'with an accent on the last letter': [(id) => `${id}\u0301`, EXACT],
  'followed by a space': [(id) => `${id} `, EXACT],
  'preceded by a space': [(id) => ` ${id}`, EXACT],
  'followed by a tab': [(id) => `${id}\t`, EXACT],
  'followed by a line break': [(id) => `${id}\n`, EXACT],
  'followed by a NUL': [(id) => `${id}\0`, EXACT],
  'preceded by a byte order mark': [(id) => `\ufeff${id}`, EXACT],
  'with upper and lower case exchanged': [otherCase, EXACT],
  'cut short': [(id) => id.slice(0, -1), EXACT],
  repeated: [(id) => id + id, EXACT],
  'in quotes': [(id) => `"${id}"`, EXACT],
  empty: [() => '', UNKNOWN],
  'one that is not registered': [() => '0123456789abcdef', UNKNOWN],
  'SQL that is always true': [(id) => `${id}' OR '1'='1`, UNKNOWN],
  'a shell command': [(id) => `${id};id`, UNKNOWN],
  'of 4,000 letters': [() => 'a'.repeat(4000), UNKNOWN],
}

const TYPES = {
  'left out': undefined,
  null: null,
  true: true,
  'a number': 7,
  'a database operator': { $ne: null },
  'an object that looks like a string': { toString: 'x', length: 1 },
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
    name: `appId: ${title}, not a string`,
    why: 'RFC 8725 §3.10: a value that is looked up must have the right type',
    forge: ({ token, claim }) => token({ claims: { [claim]: appId } }),
    expect: refused('token_malformed'),
  })),
  {
    name: 'appId: a list with the ID, which converts to the same string',
    why: 'RFC 8725 §3.10: a value that is looked up must have the right type',
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

/** Replaces the first of these characters by a Cyrillic letter or an Arabic digit that looks like it. */
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

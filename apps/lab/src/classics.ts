/** Where to begin: the holes that everyone should have seen once, by name, each with what it plays on. */
export const CLASSICS: Readonly<Record<string, string>> = {
  'alg "none", no signature': 'The token says that it needs no signature.',
  'alg HS256, keyed with the public key as SPKI PEM': 'The public key, taken for a shared secret.',
  "an unknown signer's key offered by jwk, beside the kid of the application":
    'The token brings its own key.',
  'kid: a path out of the key folder': 'The key ID is a path, and the path leads out.',
  'a signature of the last token, under the next one': 'A good signature, of something else.',
  'aud: another service': 'A good token that was made for somebody else.',
  'a lifetime a hundred years': 'A good token that would never end.',
  'crit: an extension that nobody knows': 'What jsonwebtoken, left alone, lets pass.',
}

import type { Group } from '@signet/attacks'

/** What a group of attacks teaches: a heading, and one paragraph. */
export type Lesson = Readonly<{ title: string; text: string }>

export const LESSONS: Readonly<Record<Group, Lesson>> = {
  transport: {
    title: 'How the token is sent',
    text: `A request must have exactly one token. If it has two, a proxy may check the first one while the API uses the second
      one, so the API refuses such a request without reading the tokens. The API does not look for tokens in a query, a cookie
      or a form: queries are written to logs and histories, and a browser sends cookies and forms even when another site makes
      it do so. A request without a token must not reach the data by another spelling of the path or by another method.`,
  },
  size: {
    title: 'Too large',
    text: `An API must read a token before it knows who sent it. So an unknown sender decides how much work the API does. The
      HTTP parser refuses headers above 16 KiB with 431 before any code of the API runs. Smaller tokens cost little, because
      every check that needs no key runs before the signature is verified. A large token must not bypass a check either: a
      wrong algorithm is still wrong if eight thousand characters come before it.`,
  },
  structure: {
    title: 'Three parts',
    text: `A signed token in compact form has three parts, separated by dots: header, claims, signature. Other formats look
      similar: encrypted tokens have five parts, the JSON form can have several signatures, and SD-JWT adds disclosures after a
      tilde. A library that accepts several formats may verify the token in one format and read its claims in another. This
      happened to python-jwt. This API accepts one format only, and counts the parts.`,
  },
  encoding: {
    title: 'Base64url',
    text: `Each part is base64url, and there is exactly one correct encoding of the same bytes. Most decoders are tolerant: they
      skip spaces, accept padding, and ignore unused bits. Then one token has many encodings that are all valid, and a list of
      revoked tokens misses all of them but one. So the library encodes the decoded bytes again, and refuses a part
      that is not identical to the result.`,
  },
  json: {
    title: 'JSON',
    text: `Header and claims must be JSON objects in UTF-8. Two parsers may read comments, single quotes, a byte order
      mark or invalid bytes differently, and every such difference can be used for an attack. Names are case-sensitive. If a name
      is repeated, the last one counts for every check, so that the algorithm that is checked is always the algorithm
      that is used.`,
  },
  algorithm: {
    title: 'The algorithm',
    text: `These are the best-known attacks on JSON Web Tokens: the header names the algorithm, and the attacker writes the
      header. With "none", there is no signature to verify. With HS256, the verifier uses the public key, which anyone may
      have, as a shared secret. One line prevents both: the verifier names the algorithm that it accepts,
      algorithms: ['RS512'], and any other value in the header is refused.`,
  },
  header: {
    title: 'The rest of the header',
    text: `crit lists extensions that the verifier must understand; otherwise it must refuse the token. This API understands no
      extensions, so it refuses every token with crit (jsonwebtoken alone would accept it). typ names the kind of token.
      The same key may sign logout tokens or proofs of possession, and the API must not accept one of those instead.
      All other header members are ignored, as the standard requires. The valid requests of this group test that.`,
  },
  claims: {
    title: 'The claims',
    text: `A claim of the wrong type is as dangerous as a wrong value: null, false and 0 are not the same as an absent claim, and
      a check that skips them protects nothing. aud names the API that the token is made for, and is compared exactly.
      Without it, one service could send the token that it received to another service. iss must be the application itself.
      scope can only narrow the permissions that the application registry grants: a caller may ask for less, but not for more.`,
  },
  times: {
    title: 'Time',
    text: `A stolen token works until it expires. So a token may be valid for five minutes at most, and the API checks
      this: it refuses a token that expires in a year, even if its signature is correct. Clocks differ, so the API allows
      exactly five seconds of difference in both directions. A common mistake is exp in milliseconds: such a
      token would be valid for more than fifty thousand years.`,
  },
  application: {
    title: 'The application ID',
    text: `The API reads the application ID from the token before anything is verified, and the ID becomes part of a file name:
      <appId>_public.pem. So attackers try paths out of the key folder, names that every JavaScript object has, characters
      that look alike, and the IDs of other applications. The order of the checks prevents all of these: the ID must be in the
      application registry, character by character, before any file is read. The answer is the same as for a wrong
      signature, so that nobody can find out which applications exist.`,
  },
  key: {
    title: 'The key',
    text: `A token may name a key, or even contain one: jwk holds a key, jku and x5u hold a URL of one, and x5c holds
      a certificate. A verifier that uses the key in the token accepts any token that the attacker has signed with that key. A
      verifier that fetches the URL lets the attacker send requests from inside the network. This API fetches
      nothing. kid only selects one of the keys of the application, and a kid that matches none of them is refused.`,
  },
  signature: {
    title: 'The signature',
    text: `The signature proves that the token is genuine; no earlier check does. It must be made with the key of this
      application, over exactly these two parts, with RSASSA-PKCS1-v1_5 and SHA-512. A verifier must compare the whole padded
      block: verifiers that parsed it have accepted signatures that were made without a private key. Before many of these
      attacks, the lab sends a good token: an API that remembers verified tokens must not take the next token for that one.`,
  },
  order: {
    title: 'The first fault',
    text: `Each of these tokens has two faults, and the code shows which check was made first. The order is part of the contract:
      cheap checks run before expensive ones, and faults that the caller can correct are reported before faults that must
      stay secret. Without a fixed order, a caller with a slow clock could be told that its signature is wrong, and would
      replace its keys for no reason.`,
  },
}

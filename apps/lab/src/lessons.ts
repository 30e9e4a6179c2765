import type { Group } from '@signet/attacks'

/** What a group of attacks teaches: a heading, and one paragraph. */
export type Lesson = Readonly<{ title: string; text: string }>

export const LESSONS: Readonly<Record<Group, Lesson>> = {
  transport: {
    title: 'How it travels',
    text: `A token is only as good as the way it came. If two tokens come with one request, a proxy may judge the first
      and the API use the second, so two are refused, whatever they say. A token in a query, a cookie or a form is not
      looked at: those end up in logs and histories, or are sent by a browser that was tricked. And a request without a
      token must find no side door, neither by another spelling of the path nor by another method.`,
  },
  size: {
    title: 'Too large',
    text: `Whatever reads a token works before it knows who sent it, so an unknown signer decides how much work that is. The
      parser of HTTP ends headers above 16 KiB with 431 before any code of ours runs, and what is smaller costs little:
      every check that needs no key comes before the one that does. Size must be no way around a check either: a wrong
      algorithm behind eight thousand letters is still a wrong algorithm.`,
  },
  structure: {
    title: 'Three parts',
    text: `A signed token in its compact form is three parts with two dots between: header, claims, signature. There are
      relatives that look like it, with five parts (encrypted), as JSON (several signatures), with disclosures behind a
      tilde. A reader that accepts more than one form can be made to verify one reading and use another, which is what
      happened to python-jwt. One form is taken here, and it is counted.`,
  },
  encoding: {
    title: 'Base64url',
    text: `Each part is base64url, and every row of bytes has exactly one right spelling in it. Most decoders are kind: they
      skip spaces, forgive padding, drop bits that are left over. Then one token has many spellings that all verify, and
      a list of tokens that were revoked or seen before misses all but one. So the library writes the bytes anew and
      compares: what it would not have written itself, it does not read.`,
  },
  json: {
    title: 'JSON',
    text: `Header and claims are JSON objects in UTF-8, and nothing looser. Comments, single quotes, a byte order mark or
      bytes that are no characters are read in one way by one parser and in another way by the next, and where two
      readers differ there is room for an attack. Names have upper and lower case; of a name that stands twice the last
      one counts, so that alg cannot be one thing to the check and another to the verification.`,
  },
  algorithm: {
    title: 'The algorithm',
    text: `The most famous hole of all: the header names the algorithm, and the attacker writes the header. With none there is
      no signature to verify. With HS256 the verifier is told to take the public key, which anyone may have, for a shared
      secret. The cure is one line: the verifier says which algorithm it takes, algorithms: ['RS512'], and the header
      has no say. However it is put, the answer stays the same.`,
  },
  header: {
    title: 'The rest of the header',
    text: `crit lists what a reader must understand, or else refuse the token. This API understands no extension, so any
      crit is refused; jsonwebtoken by itself lets it pass. typ says what kind of token this is: an order to log out or
      a proof of possession may be signed with the same key, and must not be taken for a token of this kind. Whatever
      else stands in the header is ignored, as the standard wants it, and the valid ones here prove that.`,
  },
  claims: {
    title: 'The claims',
    text: `A claim of the wrong type is as dangerous as a wrong one. null, false and 0 are not "absent": a check that is skipped
      for them is no check. aud says for whom the token was made, letter by letter; without it, one service could replay
      at another what it was sent. iss must be the application itself. And a scope can only narrow what the application registry
      grants: a caller may ask for less, never for more.`,
  },
  times: {
    title: 'Time',
    text: `A token that is stolen works until it expires, so it may live five minutes at most, and the verifier insists: a
      caller that writes exp a year ahead is refused, however well it signs. Clocks differ, so five seconds of leeway
      are given, on both sides of every bound, and not one more. exp in milliseconds is the honest mistake that would
      make a token last for fifty thousand years.`,
  },
  application: {
    title: 'The application ID',
    text: `The ID comes out of the token before anything is proven, and it leads to a file: <appId>_public.pem. So it is a
      way to try paths out of the folder, names that every JavaScript object has, letters that only look alike, and the
      ID of somebody else. The defence is an order: the ID must stand on the application registry, letter by letter, before any
      file is touched. The answer is the same as for a bad signature, so nobody learns who is on the list.`,
  },
  key: {
    title: 'The key',
    text: `A token may say which key to use, and even bring one: jwk holds a key, jku and x5u say where to fetch it, x5c is a
      certificate. Who takes the key from the token lets the attacker bring the lock along with the key, and who fetches
      it lets the attacker steer requests from inside the network. Here nothing is fetched, and kid only chooses among
      the keys that are filed under this application. A kid that names none of them is refused, never ignored.`,
  },
  signature: {
    title: 'The signature',
    text: `Everything before this was cheap talk; this is the proof. It must have been made by this application's key over
      exactly these two parts, as RSASSA-PKCS1-v1_5 with SHA-512, and a verifier must compare the whole block: those that
      parsed it instead have accepted signatures made without any key. A good token goes first with many of these, since
      an API that remembers what it has verified must not mistake the next one for it.`,
  },
  order: {
    title: 'The first fault',
    text: `Each of these tokens has two faults, and the code tells which check was made first. The order is a promise: cheap
      before costly, and what the caller can mend before what it must not learn. If the code hung on chance, an honest
      caller with a slow clock would be told that its signature is wrong, and go and change its keys.`,
  },
}

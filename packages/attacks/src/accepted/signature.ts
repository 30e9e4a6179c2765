import { createSign } from 'node:crypto'
import { signToken } from '@signet/auth'
import jwt from 'jsonwebtoken'
import { ACCEPTED, inGroup } from '../probe.ts'
import { signEncoded } from '../signing.ts'

/** One key, several programs: any program may sign, if it uses RSASSA-PKCS1-v1_5 with SHA-512 (RFC 7518 §3.3). */
export const signature = inGroup('signature', [
  {
    name: 'signed by the minimal jwt.sign call',
    why: 'RFC 7518 §3.3: jsonwebtoken, with the ID only',
    forge: ({ claim, application, now }) =>
      jwt.sign({ [claim]: application.appId, iat: now }, application.privateKey, {
        algorithm: 'RS512',
        expiresIn: 300,
      }),
    expect: ACCEPTED,
    lacksAudience: true,
  },
  {
    name: 'signed by the library',
    why: 'RFC 7518 §3.3: signToken of packages/auth',
    forge: ({ claim, application, audience, now }) =>
      claim === 'appId' ? signToken({ ...application, audience, now: () => now * 1000 }) : undefined,
    expect: ACCEPTED,
  },
  {
    name: 'signed by a stream',
    why: 'RFC 7518 §3.3: node:crypto, in several steps',
    forge: ({ token, application }) =>
      token({ sign: (input) => createSign('RSA-SHA512').update(input).sign(application.privateKey) }),
    expect: ACCEPTED,
  },
  {
    name: 'signed by hand',
    why: 'RFC 8017 §8.2.1: the private key, applied to the encoded message',
    forge: ({ token, application }) => token({ sign: signEncoded(application.privateKey) }),
    expect: ACCEPTED,
  },
])

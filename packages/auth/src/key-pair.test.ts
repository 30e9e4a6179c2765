import { createPublicKey } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { generateKeyPair, thumbprint } from './key-pair.ts'
import { keyPair } from './testing.ts'

describe('generateKeyPair', () => {
  it('makes a pair of RSA keys of 3072 bits', async () => {
    const { publicKey, privateKey } = await generateKeyPair()

    expect(publicKey.asymmetricKeyType).toBe('rsa')
    expect(publicKey.asymmetricKeyDetails).toEqual({ modulusLength: 3072, publicExponent: 65537n })
    expect(createPublicKey(privateKey).equals(publicKey)).toBe(true)
  })

  it('makes other sizes when asked', async () => {
    const { privateKey } = await generateKeyPair({ modulusLength: 2048 })

    expect(privateKey.asymmetricKeyDetails?.modulusLength).toBe(2048)
  })
})

describe('thumbprint', () => {
  it('is that of RFC 7638 §3.1 for the key of the RFC', () => {
    const n = [
      '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMs',
      'tn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5haj',
      'rn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw',
    ].join('')
    const key = createPublicKey({ format: 'jwk', key: { kty: 'RSA', e: 'AQAB', n } })

    expect(thumbprint(key)).toBe('NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs')
  })

  it('is the same for both halves of a pair', () => {
    const { publicKey, privateKey } = keyPair()

    expect(thumbprint(privateKey)).toBe(thumbprint(publicKey))
  })
})

import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { encodingFault } from './encoding.ts'
import { KeyFileError } from './errors.ts'
import { MINIMUM_MODULUS, thumbprint } from './key-pair.ts'
import { chainFault, derFault, formatFault, framingFault } from './odd-key-file.ts'

/** A key that verifies. `keyId` is its thumbprint, `created` (RFC 3339) the text above its block, if any. */
export type PublicKey = Readonly<{ keyId: string; key: KeyObject; created?: string }>

/** The documented file names. */
export const publicKeyFile = (appId: string) => `${appId}_public.pem`
export const privateKeyFile = (appId: string) => `${appId}_private.pem`

/** Bytes, and blocks, that a key file may have. */
export const MAXIMUM_BYTES = 64 * 1024
export const MAXIMUM_BLOCKS = 4

/** Reads a public-key file from disk, see {@link readPublicKeys}. Throws the file system's error, too. */
export function loadPublicKeys(file: string): PublicKey[] {
  return readPublicKeys(readKeyFile(file), file)
}

/** Reads a private-key file from disk, see {@link readPrivateKey}. Throws the file system's error, too. */
export function loadPrivateKey(file: string): KeyObject {
  return readPrivateKey(readKeyFile(file), file)
}

/**
 * The public keys of a PEM text, newest first: SPKI, PKCS#1 or X.509 blocks. An empty text holds none.
 * Throws {@link KeyFileError}, naming `file`, for anything that is no public RSA key of a decent size.
 */
export function readPublicKeys(pem: string, file: string): PublicKey[] {
  const blocks = readBlocks(pem, file)
  if (blocks.length > MAXIMUM_BLOCKS) throw new KeyFileError(file, `holds more than ${MAXIMUM_BLOCKS} keys`)
  const chain = chainFault(
    blocks.filter(({ label }) => label === 'CERTIFICATE').map(({ block }) => block),
    file,
  )
  if (chain) throw new KeyFileError(file, chain)
  return blocks.map(({ label, block, above }) => {
    if (label.includes('PRIVATE'))
      throw new KeyFileError(file, 'holds a private key where a public one belongs')
    if (!PUBLIC_LABELS.includes(label)) throw new KeyFileError(file, `holds a ${label}, not a public key`)
    const key = checkKey(() => createPublicKey(block), block, file)
    const created = /^created: (\S+)\s*$/m.exec(above)?.[1]
    return { keyId: thumbprint(key), key, ...(created && { created }) }
  })
}

/** The private key of a PEM text (PKCS#8 or PKCS#1). Throws {@link KeyFileError}, naming `file`. */
export function readPrivateKey(pem: string, file: string): KeyObject {
  const odd = formatFault(pem, file)
  if (odd) throw new KeyFileError(file, odd)
  const [first, ...rest] = readBlocks(pem, file)
  if (!first || rest.length > 0) throw new KeyFileError(file, 'must hold exactly one private key')
  if (!PRIVATE_LABELS.includes(first.label))
    throw new KeyFileError(file, `holds a ${first.label}, not a private key`)
  return checkKey(() => createPrivateKey(first.block), first.block, file)
}

const PUBLIC_LABELS = ['PUBLIC KEY', 'RSA PUBLIC KEY', 'CERTIFICATE']
const PRIVATE_LABELS = ['PRIVATE KEY', 'RSA PRIVATE KEY']

function readKeyFile(file: string): string {
  const stats = statSync(file)
  // A pipe or a device may never end, and would block the process.
  if (!stats.isFile() && !stats.isDirectory()) throw new KeyFileError(file, 'is no regular file')
  if (stats.size > MAXIMUM_BYTES) throw new KeyFileError(file, `is larger than ${MAXIMUM_BYTES} bytes`)
  const bytes = readFileSync(file)
  // Text in another encoding may stand around the blocks. A zero byte means that the blocks are not readable, too.
  const fault = derFault(bytes, file) ?? (bytes.includes(0) && encodingFault(bytes)?.message)
  if (fault) throw new KeyFileError(file, fault)
  return bytes.toString()
}

/** Text between the blocks is permitted (RFC 7468 §2), but a block that does not end is a file half written. */
function readBlocks(text: string, file: string): { label: string; block: string; above: string }[] {
  const pem = text.replace(/^\uFEFF/, '')
  let end = 0
  const blocks = [...pem.matchAll(BLOCK)].map((match) => {
    const above = pem.slice(end, match.index)
    end = match.index + match[0].length
    return { label: match[1] as string, block: match[0], above }
  })
  const begun = pem.split('-----BEGIN').length - 1
  if (begun !== blocks.length || (begun === 0 && pem.trim() !== ''))
    throw new KeyFileError(file, formatFault(pem, file) ?? 'is no PEM file, or is cut short')
  return blocks
}

/** OpenSSL's older encrypted keys have headers, which hold dashes (RFC 1421 §4.6). */
const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----(?:\s*(?:Proc-Type|DEK-Info):.*\r?\n)*[^-]+-----END \1-----/g

/** OpenSSL takes 1024 bits, other key types and an exponent of 1, under which every signature can be forged. */
function checkKey(read: () => KeyObject, block: string, file: string): KeyObject {
  let key: KeyObject
  try {
    key = read()
  } catch {
    throw new KeyFileError(file, framingFault(block, file) ?? 'holds a block that is no key')
  }
  const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {}
  if (key.asymmetricKeyType !== 'rsa')
    throw new KeyFileError(file, `holds a key of type ${key.asymmetricKeyType}, not rsa`)
  if (modulusLength < MINIMUM_MODULUS)
    throw new KeyFileError(file, `holds a key of ${modulusLength} bits, fewer than ${MINIMUM_MODULUS}`)
  if (publicExponent < 3n || publicExponent % 2n === 0n)
    throw new KeyFileError(file, `holds a key with the public exponent ${publicExponent}`)
  return key
}

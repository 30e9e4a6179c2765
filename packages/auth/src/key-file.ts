import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { encodingFault } from './encoding.ts'
import { KeyFileError } from './errors.ts'
import { chainFault, derFault, formatFault, framingFault } from './key-formats.ts'
import { MINIMUM_MODULUS, thumbprint } from './key-pair.ts'

/** A public key. `keyId` is its thumbprint, `created` (RFC 3339) the time in the text above its block, if any. */
export type PublicKey = Readonly<{ keyId: string; key: KeyObject; created?: string }>

/**
 * The documented file names.
 * @example publicKeyFile('reporting') // reporting_public.pem
 */
export const publicKeyFile = (appId: string) => `${appId}_public.pem`
/** @example privateKeyFile('reporting') // reporting_private.pem */
export const privateKeyFile = (appId: string) => `${appId}_private.pem`

/** Bytes, and blocks, that a key file may have. */
export const MAXIMUM_BYTES = 64 * 1024
export const MAXIMUM_BLOCKS = 4

/**
 * Reads a public-key file, see {@link readPublicKeys}. Throws the file system's error, too.
 * @example const [newest] = loadPublicKeys('public-keys/reporting_public.pem')
 */
export function loadPublicKeys(file: string): PublicKey[] {
  return readPublicKeys(readKeyFile(file), file)
}

/**
 * Reads a private-key file, see {@link readPrivateKey}. Throws the file system's error, too.
 * @example const privateKey = loadPrivateKey('private-key/reporting_private.pem')
 */
export function loadPrivateKey(file: string): KeyObject {
  return readPrivateKey(readKeyFile(file), file)
}

/**
 * The public keys of a PEM text, newest first: SPKI, PKCS#1 or X.509 blocks. An empty text holds none.
 * Throws {@link KeyFileError}, which names `file`, for everything that is not a public RSA key of at least 2048 bits.
 * @example const [{ keyId }] = readPublicKeys(pem, 'reporting_public.pem')
 */
export function readPublicKeys(pem: string, file: string): PublicKey[] {
  const blocks = readBlocks(pem, file)
  if (blocks.length > MAXIMUM_BLOCKS) throw new KeyFileError(file, `holds more than ${MAXIMUM_BLOCKS} keys`)
  const pems = blocks.map(({ block }) => block)
  const chain = chainFault(pems, file)
  if (chain) throw new KeyFileError(file, chain)
  return blocks.map(({ label, block, above }) => {
    if (label.includes('PRIVATE'))
      throw new KeyFileError(file, 'holds a private key, and must hold public keys only')
    if (!PUBLIC_LABELS.includes(label)) throw new KeyFileError(file, `holds a ${label}, not a public key`)
    const key = checkKey(() => createPublicKey(block), block, file)
    const created = /^created: (\S+)\s*$/m.exec(above)?.[1]
    return { keyId: thumbprint(key), key, ...(created && { created }) }
  })
}

/**
 * The private key of a PEM text (PKCS#8 or PKCS#1). Throws {@link KeyFileError}, which names `file`.
 * @example const privateKey = readPrivateKey(pem, 'reporting_private.pem')
 */
export function readPrivateKey(pem: string, file: string): KeyObject {
  const fault = formatFault(pem, file)
  if (fault) throw new KeyFileError(file, fault)
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
  if (!stats.isFile() && !stats.isDirectory()) throw new KeyFileError(file, 'is not a regular file')
  if (stats.size > MAXIMUM_BYTES) throw new KeyFileError(file, `is larger than ${MAXIMUM_BYTES} bytes`)
  const bytes = readFileSync(file)
  // Text around the blocks may be in another encoding. A zero byte means that the blocks are in it, too.
  const fault = derFault(bytes, file) ?? (bytes.includes(0) ? encodingFault(bytes) : undefined)?.message
  if (fault) throw new KeyFileError(file, fault)
  return bytes.toString()
}

/** Text between the blocks is permitted (RFC 7468 §2). A block without an end means that the file is incomplete. */
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
    throw new KeyFileError(file, formatFault(pem, file) ?? 'is not a PEM file, or is incomplete')
  return blocks
}

/** Older encrypted keys of OpenSSL have headers, which contain dashes (RFC 1421 §4.6). */
const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----(?:\s*(?:Proc-Type|DEK-Info):.*\r?\n)*[^-]+-----END \1-----/g

/** OpenSSL accepts 1024 bits, other key types and an exponent of 1, with which every signature can be forged. */
function checkKey(read: () => KeyObject, block: string, file: string): KeyObject {
  let key: KeyObject
  try {
    key = read()
  } catch {
    throw new KeyFileError(file, framingFault(block, file) ?? 'holds a block that is not a key')
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

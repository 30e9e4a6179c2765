import { X509Certificate } from 'node:crypto'

/**
 * Names a key format that other programs read and this library does not, with the command that converts the file. Returns
 * undefined for any other text. The text itself is never part of the message.
 */
export function formatFault(text: string, file: string): string | undefined {
  const found = FORMATS.find(({ pattern }) => pattern.test(text))
  return found && `${found.holds}: ${found.command(quoted(file))}`
}

const FORMATS = [
  {
    pattern: /-----BEGIN OPENSSH PRIVATE KEY-----/,
    holds: 'holds an OpenSSH private key. Change its format',
    command: (file: string) => `ssh-keygen -p -m PEM -f ${file}`,
  },
  {
    pattern: /-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m,
    holds: 'holds an encrypted private key, and the services cannot ask for a passphrase. Decrypt it',
    command: (file: string) => `openssl pkcs8 -topk8 -nocrypt -in ${file} -out ${file}.new`,
  },
  {
    pattern: /-----BEGIN EC (PARAMETERS|PRIVATE KEY)-----/,
    holds: 'holds an EC key, and RS512 needs an RSA key. Make one',
    command: (file: string) => `openssl genrsa -out ${file}.new 3072`,
  },
  {
    pattern: /^PuTTY-User-Key-File-/,
    holds: 'holds a PuTTY private key. Change its format',
    command: (file: string) =>
      `puttygen ${file} -O private-openssh -o ${file}.new && ssh-keygen -p -m PEM -f ${file}.new`,
  },
  {
    pattern: /^(ssh-|ecdsa-)/,
    holds: 'holds an OpenSSH public key. Change its format',
    command: (file: string) => `ssh-keygen -e -m PKCS8 -f ${file} > ${file}.new`,
  },
]

/** What is wrong with a file in DER, the binary form of PEM; undefined for other files. DER begins with a long SEQUENCE. */
export function derFault(bytes: Buffer, file: string): string | undefined {
  if (bytes.toString('hex', 0, 2) !== '3082') return undefined
  return `is DER, not PEM. Change its format (a public key: with -pubin, too): openssl pkey -inform DER -in ${quoted(file)} -out ${quoted(file)}.new`
}

/**
 * What is wrong if one certificate issued another; undefined if nothing. Other PEM blocks are ignored. All keys of a file belong to its
 * application, so that the authority could sign as the application.
 */
export function chainFault(pems: readonly string[], file: string): string | undefined {
  const certificates = pems.flatMap(certificateOf)
  const isChain = certificates.some((issuer) =>
    certificates.some(
      (other) => other !== issuer && other.checkIssued(issuer) && other.verify(issuer.publicKey),
    ),
  )
  if (!isChain) return undefined
  return `holds a chain of certificates, and only the first one is the application's. Keep its key: openssl x509 -in ${quoted(file)} -pubkey -noout > ${quoted(file)}.new`
}

/** A block that is not a valid certificate is checked when its key is read. */
function certificateOf(pem: string): X509Certificate[] {
  try {
    return [new X509Certificate(pem)]
  } catch {
    return []
  }
}

/** What is wrong with the lines of a block; undefined if nothing. OpenSSL needs BEGIN and END on separate lines. */
export function framingFault(block: string, file: string): string | undefined {
  const lines = `BEGIN and END must each be a line of their own, not indented`
  if (block.includes('\\n'))
    return `holds a PEM block with \\n in place of its line ends. ${lines}: printf '%b\\n' "$(cat ${quoted(file)})" > ${quoted(file)}.new`
  if (/BEGIN [A-Z0-9 ]+-----\s*\n[\s\S]*\n-----END/.test(block)) return undefined
  const command = String.raw`awk '{gsub(/-----(BEGIN|END) [A-Z0-9 ]+-----/, "\n&\n"); gsub(/[ \t]*\n[ \t]*/, "\n"); gsub(/^[ \t\n]+|\n$/, ""); print}'`
  return `holds a PEM block in one line, or an indented one. ${lines}: ${command} ${quoted(file)} > ${quoted(file)}.new`
}

/** A path as a shell reads it. */
function quoted(file: string): string {
  return /^[\w./:@-]+$/.test(file) ? file : `'${file.replaceAll("'", `'\\''`)}'`
}

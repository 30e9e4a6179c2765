import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { privateKeyFile, readPrivateKey } from '@signet/auth'
import type { Options } from './command-line.ts'
import { UsageError } from './errors.ts'
import { type Signer, signerOf } from './signer.ts'

const SECRETS = join(import.meta.dirname, '../../../secrets')

/**
 * The two applications that `npm run attack` signs as: those of its options, or else what `npm start` has provisioned.
 * Throws {@link UsageError} when there is no such file, `KeyFileError` when it holds no private RSA key.
 */
export function openApplications({ key, appId, otherKey }: Options, secrets = SECRETS) {
  const file = key ?? provisionedKey(join(secrets, 'app-two'))
  if (file === undefined)
    throw new UsageError(
      'There is no key to sign with: name one with --key, or run npm run keys -- provision.',
    )
  const otherFile = otherKey ?? (key === undefined ? provisionedKey(join(secrets, 'app-one')) : undefined)
  return {
    application: open(file, appId),
    other: otherFile === undefined ? undefined : open(otherFile),
  }
}

/** The text of `--ca`, or of the authority that provisioning has made, if it has. */
export function openAuthority(ca: string | undefined, secrets = SECRETS): string | undefined {
  const file = ca ?? join(secrets, 'ca.pem')
  return ca === undefined && !existsSync(file) ? undefined : read(file)
}

function provisionedKey(folder: string): string | undefined {
  const files = existsSync(folder) ? readdirSync(folder) : []
  const file = files.find((name) => name.endsWith(privateKeyFile('')))
  return file && join(folder, file)
}

function open(file: string, appId = applicationOf(file)): Signer {
  return signerOf(appId, readPrivateKey(read(file), file))
}

function applicationOf(file: string): string {
  return basename(file).replace(/(_private)?\.[^.]*$/, '')
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${(error as NodeJS.ErrnoException).code}.`)
  }
}

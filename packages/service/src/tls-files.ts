import { ConfigError } from './config.ts'

/** Where a server's certificate (with its chain, if any) and its private key lie, both PEM. */
export type TlsFiles = { certFile: string; keyFile: string }

/** The TLS files that a configuration names, if it names any. Throws ConfigError when it names only one of two. */
export function tlsFilesOf({
  TLS_CERT_FILE: certFile,
  TLS_KEY_FILE: keyFile,
}: TlsConfig): TlsFiles | undefined {
  if (certFile && keyFile) return { certFile, keyFile }
  if (!certFile && !keyFile) return undefined
  const name = certFile ? 'TLS_KEY_FILE' : 'TLS_CERT_FILE'
  throw new ConfigError([{ name, message: 'is not set: TLS needs both a certificate and its key' }])
}

type TlsConfig = { TLS_CERT_FILE?: string | undefined; TLS_KEY_FILE?: string | undefined }

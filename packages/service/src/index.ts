export { type Certificate, CertificateError, readCertificate } from './certificate.ts'
export { ConfigError, type ConfigFault, readConfig } from './config.ts'
export { health } from './health.ts'
export { ListenError, listen } from './listen.ts'
export { createLog, type Log } from './log.ts'
export {
  type FieldError,
  type Members,
  PROBLEMS,
  Problem,
  type ProblemCode,
  type ProblemOptions,
  type Refusal,
} from './problem.ts'
export { createReadiness, type Readiness, type ReadinessCheck } from './readiness.ts'
export { logRequests } from './request-log.ts'
export { run, type Service } from './run.ts'
export { methodNotAllowed, notFound, refusalOf, sendProblems } from './send-problems.ts'
export { createServer } from './server.ts'
export { file, flag, folder, host, list, logLevel, port, wholeNumber } from './settings.ts'
export { type SiteLink, siteLinks } from './site-links.ts'
export { start } from './start.ts'
export { type TlsFiles, tlsFilesOf } from './tls-files.ts'

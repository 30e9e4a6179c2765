export {
  type Certificate,
  CertificateError,
  readCertificate,
  type TlsFiles,
  tlsFilesOf,
} from './certificate.ts'
export {
  ConfigError,
  type ConfigFault,
  file,
  flag,
  folder,
  host,
  list,
  logLevel,
  port,
  readConfig,
  type SiteLink,
  siteLinks,
  wholeNumber,
} from './config.ts'
export { createReadiness, health, type Readiness, type ReadinessCheck, within } from './health.ts'
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
export { logRequests, statusOf } from './request-log.ts'
export { run, type Service, start } from './run.ts'
export { methodNotAllowed, notFound, refusalOf, sendProblems } from './send-problems.ts'
export { BODY_LIMIT, createServer, ListenError, listen } from './server.ts'
export { type Trace, traceparentOf } from './trace.ts'

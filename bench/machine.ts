import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os'

const PEERS = [
  'express',
  'jsonwebtoken',
  'express-oauth2-jwt-bearer',
  'passport-jwt',
  'fastify',
  '@fastify/jwt',
  'fast-jwt',
  'jose',
]

export type Machine = ReturnType<typeof describeMachine>

/** Where the figures come from. `load`: what else ran when it began (processes that wanted a core, over a minute). */
export function describeMachine() {
  return {
    processor: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    system: `${type()} ${release()}`,
    node: process.versions.node,
    openssl: process.versions.openssl,
    load: loadavg()[0] ?? 0,
    date: new Date().toISOString().slice(0, 10),
    packages: Object.fromEntries(PEERS.map((name) => [name, versionOf(name)])),
  }
}

/** Not every package lets its `package.json` be imported, so the file is looked for as Node looks for the package. */
function versionOf(name: string): string {
  const { paths } = createRequire(import.meta.url).resolve
  for (const folder of paths(name) ?? []) {
    try {
      return JSON.parse(readFileSync(`${folder}/${name}/package.json`, 'utf8')).version
    } catch {}
  }
  return 'unknown'
}

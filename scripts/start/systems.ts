import { serviceEnv } from './environment.ts'
import { otherThan, type Ports } from './options.ts'
import type { Program } from './run-programs.ts'

/** What can be started: the system itself, or the lab, which is a program that starts a system of its own. */
export type System = {
  command: string
  help: string
  /** Whether it uses the keys in `secrets/`. */
  provisioned: boolean
  /** The ports that it needs. */
  ports: (ports: Ports) => number[]
  programs: (ports: Ports) => Program[]
  /** What is printed when all of it listens. */
  welcome: (ports: Ports) => string
}

const SERVICES = ['api', 'app-one', 'app-two'] as const

export const SYSTEM: System = {
  command: 'npm start',
  help: `Starts the API, app-one and app-two on this machine, and stops them at Ctrl-C.

  --port N  the API listens on N, app-one on N+1, app-two on N+2 (3000, 3001, 3002)

LOG_LEVEL, RATE_LIMIT, DATABASE_URL, REDIS_URL and others of your shell reach the services.`,
  provisioned: true,
  ports: (ports) => SERVICES.map((name) => ports[name]),
  programs: (ports) =>
    SERVICES.map((name) => ({ name, main: `apps/${name}/src/main.ts`, env: serviceEnv(name, ports) })),
  welcome: (ports) => `
  Signet runs. Open app-one first:

    http://localhost:${ports['app-one']}    app-one, the people directory
    http://localhost:${ports['app-two']}    app-two, the order desk
    https://localhost:${ports.api}   the API and its reference (the browser warns: it does not know secrets/ca.pem)

  Then, in a second terminal:

    npm run keys -- list              the applications and their keys
    npm run lab -- --port ${String(otherThan(ports.api)).padEnd(12)}break in by pressing buttons
    npm test                          all tests

  Ctrl-C stops it.
`,
}

export const LAB: System = {
  command: 'npm run lab',
  help: `Starts the lab, with an API, app-one and app-two of its own, and stops them at Ctrl-C.

  --port N  the API listens on N, app-one on N+1, app-two on N+2, the lab on N+3 (3000 to 3003)`,
  provisioned: false,
  ports: (ports) => [...SYSTEM.ports(ports), ports.lab],
  programs: (ports) => [
    {
      name: 'lab',
      main: 'apps/lab/src/main.ts',
      env: { ...serviceEnv('lab', ports), PORT: String(ports.lab) },
    },
  ],
  welcome: (ports) => `
  The lab runs. Open it, choose an attack, and press the button:

    http://localhost:${ports.lab}    the lab

  Its own system:

    http://localhost:${ports['app-one']}    app-one
    http://localhost:${ports['app-two']}    app-two
    https://localhost:${ports.api}   the API and its reference

  Ctrl-C stops it.
`,
}

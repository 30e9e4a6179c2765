import { readFileSync } from 'node:fs'

// Ends this process, as SIGTERM does, when its parent is gone, however the parent ended. Loaded before a program, with
// `--import`. `?parent=PID` names the parent, which may be gone before we look.
//
// Without it the parent is npm. npm starts a script through a shell, and a shell may outlive an npm that is killed, so
// the parent of the shell is watched too. Plain JavaScript, since `run.js` loads it in any Node.js from 20 on.

/** Milliseconds between two looks. The system tells a process only of the end of its children. */
const INTERVAL = 250
/** Milliseconds in which the process may stop by itself. */
const LIMIT = 4000

const parent = new URL(import.meta.url).searchParams.get('parent')
const first = parent ?? ancestors()

const timer = setInterval(() => {
  if ((parent ? String(process.ppid) : ancestors()) === first) return
  clearInterval(timer)
  setTimeout(() => process.exit(1), LIMIT).unref()
  process.kill(process.pid, 'SIGTERM')
}, INTERVAL).unref()

/** The parent, and its parent where the system has /proc (elsewhere the usual shells let the script take their place). */
function ancestors() {
  try {
    // The fields after the program's name, which stands in brackets and may contain anything: state, parent, …
    const [, grandparent] =
      readFileSync(`/proc/${process.ppid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? []
    return `${process.ppid} ${grandparent}`
  } catch {
    return String(process.ppid)
  }
}

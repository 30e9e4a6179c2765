// Ends this process, as SIGTERM does, when its parent has ended for any reason. The system does not notify a process of the
// end of its parent, so this module checks for it. It is loaded before a program, with `--import`. `?parent=PID` names the
// parent, which may have ended before the first check. Without it, only a change of the parent counts: the first process of a
// container has no parent.
//
// `run.js` loads it, too: its parent is npm, since package.json starts each script with `exec`. A shell between the two would
// not pass on npm's signals, and would run on after npm was killed. Plain JavaScript, for any Node.js from 20 on.

/** Milliseconds between two checks. */
const INTERVAL = 250
/** Milliseconds that the process gets to stop by itself. */
const LIMIT = 4000

const parent = Number(new URL(import.meta.url).searchParams.get('parent') ?? process.ppid)

const timer = setInterval(() => {
  if (process.ppid === parent) return
  clearInterval(timer)
  setTimeout(() => process.exit(1), LIMIT).unref()
  process.kill(process.pid, 'SIGTERM')
}, INTERVAL).unref()

// Ends this process, as SIGTERM does, when its parent is gone, however the parent ended. The system tells a process only
// of the end of its children, so we look. Loaded before a program, with `--import`; `?parent=PID` names the parent, which
// may be gone before the first look. Without it only a change counts, since a container's first process has no parent.
//
// `run.js` loads it too: its parent is npm, as package.json starts each script with `exec`. A shell between the two would
// keep npm's signals to itself, and outlive an npm that is killed. Plain JavaScript, for any Node.js from 20 on.

/** Milliseconds between two looks. */
const INTERVAL = 250
/** Milliseconds in which the process may stop by itself. */
const LIMIT = 4000

const parent = Number(new URL(import.meta.url).searchParams.get('parent') ?? process.ppid)

const timer = setInterval(() => {
  if (process.ppid === parent) return
  clearInterval(timer)
  setTimeout(() => process.exit(1), LIMIT).unref()
  process.kill(process.pid, 'SIGTERM')
}, INTERVAL).unref()

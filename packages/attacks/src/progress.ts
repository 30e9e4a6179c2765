import { setTimeout } from 'node:timers/promises'

/**
 * Tells how far the run is. On a terminal one line is written over again and again; elsewhere there is a line for each wait.
 */
export function openProgress({ total, refused, printError, overwrite, wait = pause }: ProgressOptions) {
  let tried = 0
  let waits = 0

  return {
    /** As many probes have been tried as `count`. */
    onTried(count: number): void {
      tried = count
      overwrite?.(tally())
    },

    /** Waits as long as the API asks for, and tells the time that is left. */
    async wait(seconds: number): Promise<void> {
      if (waits === 0) {
        overwrite?.('')
        printError(HINT)
      }
      waits++
      const rest = seconds * waitsLeft()
      if (!overwrite) {
        printError(
          `${tally()} Limited (429): goes on in ${seconds} s, about ${inWords(seconds + rest)} left.`,
        )
        return wait(seconds)
      }
      for (let left = seconds; left > 0; left--) {
        overwrite(`${tally()} Limited (429): goes on in ${left} s, about ${inWords(left + rest)} left.`)
        await wait(1)
      }
    },

    /** Leaves no line half written. */
    end: () => overwrite?.(''),
  }

  function tally(): string {
    return `${tried} of ${total} tried.`
  }

  /** If the API goes on as it did: so many refused probes, and then a wait. */
  function waitsLeft(): number {
    const between = tried / waits
    return between > 0 ? Math.max(0, Math.round((refused - tried) / between)) : 0
  }
}

export type ProgressOptions = {
  total: number
  /** How many of them the API is to refuse. They come first, and only they count against its limit. */
  refused: number
  printError: (line: string) => void
  /** Replaces the last line of a terminal. */
  overwrite?: ((line: string) => void) | undefined
  wait?: ((seconds: number) => Promise<void>) | undefined
}

const HINT = `The API limits refused tokens. This waits as its Retry-After asks. To run without waiting, start the
API with a higher limit: FAILURE_LIMIT=100000 npm start`

function inWords(seconds: number): string {
  return seconds < 90 ? `${seconds} s` : `${Math.round(seconds / 60)} min`
}

async function pause(seconds: number): Promise<void> {
  await setTimeout(seconds * 1000)
}

import { isAttack } from '@signet/attacks'
import { type Html, html, type Page } from '@signet/web'
import { answerView } from './answer-view.ts'
import type { Catalogue } from './catalogue.ts'
import { cited } from './cited.ts'
import { expectation } from './expectation.ts'
import type { Attempt } from './laboratory.ts'
import { heading, neighbourLinks, sendForm, wayBack } from './probe-view.ts'
import { requestView } from './request-view.ts'
import { stepsView } from './steps-view.ts'
import { tokenView } from './token-view.ts'

/** One attack after it was tried: the verdict, the answer, the checks, and what was sent, taken apart. */
export function attemptPage(catalogue: Catalogue, attempt: Attempt): Page {
  const { entry, answer } = attempt
  return {
    title: `${answer.status} ${answer.code ?? ''} · ${entry.probe.name}`,
    content: html`
      ${wayBack(entry)}
      ${heading(entry)}
      <p class="lead">${cited(entry.probe.why)}.</p>
      ${verdictView(attempt)}
      ${stepsView(attempt)}
      ${attempt.token && tokenView(attempt.token, attempt.now)}
      ${requestView(attempt)}
      ${answerView(answer)}
      ${neighbourLinks(catalogue, entry)}`,
  }
}

function verdictView(attempt: Attempt): Html {
  const { answer, fault, entry } = attempt
  return html`
    <section class="verdict ${fault ? 'wrong' : 'right'}" aria-labelledby="verdict">
      <div>
        <h2 id="verdict">${verdictOf(attempt)}</h2>
        <p>The API answered <code>${answer.status}${answer.code && ` ${answer.code}`}</code>${
          fault
            ? html`, and that is not as it should be: ${fault}. Expected was ${expectation(entry.probe.expect)}.`
            : ', as it should.'
        }
          ${!fault && !isAttack(entry.probe) && 'Refusing everything would be no defence.'}</p>
      </div>
      ${sendForm(entry, 'Send it again')}
    </section>`
}

function verdictOf({ steps, answer, entry }: Attempt): string {
  if (answer.status < 400) return isAttack(entry.probe) ? 'It got in' : 'Let in'
  const stopped = steps.find(({ outcome }) => outcome === 'stopped')
  if (stopped) return `Stopped at “${stopped.check}”`
  return answer.status === 431 ? 'Stopped before the first check' : 'Refused'
}

/** What a page says of a failure: its heading, and what the reader can do. */
export type Explanation = { title: string; advice: string }

/**
 * In plain words, by the problem's code. `apiCode`: with which code the API refused this application's token, and
 * `permission` the one it lacks.
 */
export function explain({ code, apiCode, permission, application }: Explained): Explanation {
  const explanation = EXPLANATIONS[code] ?? UNKNOWN
  const advice = code === 'api_refused' ? remedy(apiCode, permission, application) : explanation.advice
  return { ...explanation, advice }
}

type Explained = {
  code: string
  apiCode?: string | undefined
  permission?: string | undefined
  application: string
}

/** What the operator of this application should do. */
function remedy(apiCode = '', permission = 'PERMISSION', application: string): string {
  if (apiCode === 'permission_denied')
    return `If ${application} is meant to do this, run: npm run keys -- grant ${application} ${permission}`
  if (apiCode === 'token_rejected')
    return `The API holds no public key for ${application} that fits, or it was revoked. Run: npm run keys -- check`
  if (CLOCK_FAULTS.includes(apiCode))
    return 'Compare the clocks of both machines: they must agree within 5 seconds.'
  if (apiCode.startsWith('audience_'))
    return 'API_URL here and AUDIENCES at the API must name the same origin.'
  return 'Find the request ID in the log of the API: it says what was wrong with the token.'
}

const CLOCK_FAULTS = ['token_expired', 'token_not_yet_valid', 'token_issued_in_future']

const UNKNOWN: Explanation = { title: 'That did not work', advice: 'Start again from the first page.' }

const EXPLANATIONS: Partial<Record<string, Explanation>> = {
  invalid_request: {
    title: 'That address has a fault',
    advice: 'Start again from the first page. If you typed the address yourself, mend what is named above.',
  },
  cross_site_request: {
    title: 'This came from another site',
    advice: 'Nothing was done. If you meant to do it, open the first page here and send the form there.',
  },
  host_not_allowed: {
    title: 'No pages under this name',
    advice:
      'Open this server as localhost. To use another name, whoever runs it sets PUBLIC_HOSTS to that name and restarts it.',
  },
  not_found: {
    title: 'Page not found',
    advice: 'Check the address, or start again from the first page.',
  },
  method_not_allowed: { title: 'That cannot be done here', advice: 'Start again from the first page.' },
  body_too_large: { title: 'That was too much', advice: 'Go back and send a shorter text.' },
  unsupported_media_type: {
    title: 'That is not a form',
    advice: 'Send application/x-www-form-urlencoded, as the form on the first page does.',
  },
  internal_error: {
    title: 'Something broke on our side',
    advice:
      'Try again. If it stays, give the request ID to whoever runs this application: the log knows more.',
  },
  api_unreachable: {
    title: 'The API is away',
    advice: 'Start it (npm start), or check API_URL and the network between here and there.',
  },
  api_not_trusted: {
    title: 'This may not be our API',
    advice: 'No token was sent. API_CA_FILE must hold the CA of its certificate, and API_URL the name on it.',
  },
  api_refused: { title: 'The API refused this application', advice: '' },
  api_failed: {
    title: 'The API made a mistake',
    advice: 'Try again. If it stays, find the request ID in the log of the API.',
  },
  api_timeout: {
    title: 'The API is slow',
    advice: 'Wait a moment. If it stays, look at the load and the log of the API.',
  },
  unavailable: { title: 'The API needs a moment', advice: 'Wait a moment, then load the page again.' },
}

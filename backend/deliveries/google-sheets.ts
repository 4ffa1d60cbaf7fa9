import { messageVersion } from './schemas.ts'
import type { Answer, Outcome, Target } from './target.ts'
import { judgeByStatus } from './webhook.ts'

/**
 * A sheet behind a web app of Google Apps Script; docs/deliveries.md has the script. It sees no headers, so id and secret
 * stand in the body. Where it has worked a message off it answers with a redirect to its output, which nobody follows;
 * where it has failed, with a page that says so and 200.
 */
export const googleSheets: Target = {
  hasSecret: true,
  address: {
    isOwn: ({ hostname }) => hostname === 'script.google.com',
    isFit: ({ hostname, pathname }) =>
      hostname !== 'script.google.com' || /^\/(?:a\/)?macros\/.+\/exec$/.test(pathname),
    must: 'The address of a sheet is like https://script.google.com/macros/s/…/exec: Deploy, Manage deployments shows it.',
  },
  request([message], { url, headers, secrets, thin }) {
    const { id, type, timestamp } = message!
    const data = thin ? message!.thin : message!.data
    return {
      url,
      headers: { ...headers, 'content-type': 'application/json', 'landfast-version': messageVersion },
      body: JSON.stringify({ secret: secrets[0]!.secret, id, type, timestamp, data }),
    }
  },
  judge(answer, nowMs): Outcome {
    const onward = hostOf(answer)
    if (answer.status === 302 && onward === 'script.googleusercontent.com') return { kind: 'delivered' }
    const failed = (because: string): Outcome => ({ kind: 'failed', because, isTheirs: true })
    if (onward === 'accounts.google.com') return failed('it wants a sign-in: deploy the script for "Anyone"')
    if (answer.status >= 200 && answer.status < 300)
      return failed('the script failed or has another secret: see "Executions" in Apps Script')
    return judgeByStatus(answer, nowMs)
  },
}

const hostOf = ({ location }: Answer) => (location === undefined ? undefined : URL.parse(location)?.hostname)

import { createHash } from 'node:crypto'
import { emailText } from './email-text.ts'
import { everyOption } from './options.ts'
import type { Outcome, Target } from './target.ts'

const address = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*$/
const isAddress = (text: string) => text.length <= 254 && address.test(text)
const recipientsMax = 10
const recipientsOf = (text: string) => text.split(',').map((each) => each.trim())
const leadsMax = 200
const usualEveryS = 60

/**
 * Mails by a mail server of the operator's: of the first lead at once, then of all that came, so many seconds apart. A server
 * that says no for good (5xx) parks the endpoint: no later try would do better, and somebody has to mend it.
 */
export const email: Target = {
  hasSecret: false,
  takesHeaders: false,
  address: {
    isOwn: ({ protocol }) => protocol === 'smtp:' || protocol === 'smtps:',
    isFit: ({ protocol, hostname, pathname, search }) =>
      (protocol === 'smtps:' || protocol === 'smtp:') &&
      hostname !== '' &&
      (pathname === '' || pathname === '/') &&
      (search === '' || (protocol === 'smtp:' && search === '?starttls=no')),
    must: 'The address of a mail server must be like smtps://USER:PASSWORD@mail.example.com or, by STARTTLS, smtp://USER:PASSWORD@mail.example.com:587; what is special in a password is written as in addresses, such as %40 for @.',
  },
  options: [
    {
      name: 'to',
      about: 'who gets the mails, with commas between them',
      isRequired: true,
      isFit: (text) => recipientsOf(text).length <= recipientsMax && recipientsOf(text).every(isAddress),
      must: `one address such as sales@example.com, or up to ${recipientsMax} with commas between them`,
    },
    {
      name: 'from',
      about: 'whom they are from',
      isRequired: true,
      isFit: isAddress,
      must: 'one address such as leads@example.com, from which your mail server lets you send',
    },
    everyOption,
    {
      name: 'words',
      about: 'in which language the mails are written',
      isRequired: false,
      isFit: (text) => text === 'en' || text === 'fa',
      must: 'en or fa',
    },
  ],
  requestMax: () => leadsMax,
  pauseMs: ({ own }) => Number(own.every ?? usualEveryS) * 1000,
  request(messages, { url, thin, own }) {
    const from = own.from!
    const { subject, text, html } = emailText(messages, { thin, words: own.words === 'fa' ? 'fa' : 'en' })
    // The same for the same leads: mail programs show it once, however often it is sent.
    const id = createHash('sha256')
      .update(messages.map((each) => each.id).join())
      .digest('hex')
      .slice(0, 40)
    return {
      url,
      headers: {
        From: from,
        To: recipientsOf(own.to!).join(', '),
        Subject: subject,
        'Message-ID': `<${id}@${from.slice(from.indexOf('@') + 1)}>`,
        'Auto-Submitted': 'auto-generated',
      },
      body: text,
      html,
    }
  },
  judge({ status, because, body }): Outcome {
    if (status >= 200 && status < 300) return { kind: 'delivered' }
    if (status === 0) return { kind: 'failed', because: because ?? 'no answer', isTheirs: true }
    const said = `the mail server answered ${body.slice(0, 200) || status}`
    return status >= 500 && status < 600
      ? { kind: 'gone', because: said }
      : { kind: 'failed', because: said, isTheirs: true }
  },
}

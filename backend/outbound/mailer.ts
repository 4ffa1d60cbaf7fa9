import { isIP } from 'node:net'
import { createTransport } from 'nodemailer'
import { withDeadline } from '../deadline.ts'
import type { Sender } from '../deliveries/ports.ts'
import type { Answer, OutboundRequest } from '../deliveries/target.ts'
import { checkedAddresses, Refused } from './resolve.ts'
import { lookupAll, type SenderOptions } from './sender.ts'

export type MailerOptions = SenderOptions &
  Readonly<{
    /** Who signs the certificates of mail servers, beside those whom everybody trusts. */
    ca?: string
  }>

const defaultTimeoutMs = 15_000
const unreachable = new Set(['ECONNREFUSED', 'ENETUNREACH', 'EHOSTUNREACH', 'EADDRNOTAVAIL'])

/** Whether a mail may go there in the clear: who writes the address has to say so. */
const isInTheClear = (url: URL) => url.protocol === 'smtp:' && url.searchParams.get('starttls') === 'no'

/**
 * Brings mails to a mail server: at an address that was checked, by TLS, or by STARTTLS and not at all where the server does
 * not know it. Each mail has a connection of its own. The status of an answer is the server's code.
 */
export function createMailer({
  allowed,
  timeoutMs = defaultTimeoutMs,
  lookup = lookupAll,
  ca,
}: MailerOptions): Sender {
  async function resolved(text: string): Promise<{ url: URL; addresses: readonly string[] }> {
    const url = new URL(text)
    const { host, addresses, areAllowed } = await checkedAddresses(url, { lookup, allowed })
    if (isInTheClear(url) && !areAllowed)
      throw new Refused(
        `${host} would get phone numbers in the clear: leave out starttls=no, or add ${host} to DELIVERY_ALLOW and restart`,
      )
    return { url, addresses }
  }

  async function sendBy(
    url: URL,
    address: string,
    { headers, body, html }: OutboundRequest,
  ): Promise<Answer> {
    const { From: from, To: to, Subject: subject, 'Message-ID': messageId, ...others } = headers
    const secure = url.protocol === 'smtps:'
    const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
    const transport = createTransport({
      host: address,
      port: Number(url.port) || (secure ? 465 : 587),
      secure,
      ...(isInTheClear(url) ? { ignoreTLS: true } : { requireTLS: true }),
      tls: { ...(isIP(host) === 0 && { servername: host }), minVersion: 'TLSv1.2', ...(ca && { ca }) },
      ...(url.username !== '' && {
        auth: { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) },
      }),
      connectionTimeout: timeoutMs,
      greetingTimeout: timeoutMs,
      socketTimeout: timeoutMs,
      disableFileAccess: true,
      disableUrlAccess: true,
    })
    try {
      const mail = { from, to, subject, messageId, headers: others, text: body, html }
      // Each of the three time-outs begins anew with each step; all of it must end before the lease does.
      const { response, rejected } = await withDeadline(transport.sendMail(mail), 3 * timeoutMs, 'the mail')
      const refused = rejected.length > 0 ? ` (refused: ${rejected.join(', ')})` : ''
      return { status: Number(response.slice(0, 3)), body: `${response}${refused}` }
    } finally {
      transport.close()
    }
  }

  return {
    async refusal(url) {
      try {
        await resolved(url)
        return undefined
      } catch (error) {
        if (error instanceof Refused) return error.message
        throw error
      }
    },
    async send(request) {
      try {
        const { url, addresses } = await withDeadline(resolved(request.url), timeoutMs, 'looking the name up')
        for (const [index, address] of addresses.entries())
          try {
            return await sendBy(url, address, request)
          } catch (error) {
            if (!wasNeverThere(error) || index === addresses.length - 1) throw error
          }
        throw new Refused('no address')
      } catch (error) {
        return answerOf(error)
      }
    },
  }
}

type MailFault = Readonly<{ code?: string; responseCode?: number; response?: string; message: string }>

const wasNeverThere = (error: unknown) =>
  [...unreachable].some((code) => (error as MailFault).message.includes(code))

/** What the server said, where it was the server that said no; else why there was no answer. */
function answerOf(error: unknown): Answer {
  const { code, responseCode, response, message } = error as MailFault
  if (code === 'ETLS')
    return {
      status: 0,
      because: `it offers no STARTTLS, without which nothing is sent: ${message}`,
      body: '',
    }
  if (responseCode !== undefined) return { status: responseCode, body: response ?? message }
  return {
    status: 0,
    because: error instanceof Refused ? message : `the connection failed: ${message}`,
    body: '',
  }
}

import type { Sender } from '../deliveries/ports.ts'
import { createMailer, type MailerOptions } from './mailer.ts'
import { createSender } from './sender.ts'

/** Brings requests wherever their addresses lead. */
export function createEverySender(options: MailerOptions): Sender {
  const [web, mail] = [createSender(options), createMailer(options)]
  const by = (url: string) => (/^smtps?:/.test(url) ? mail : web)
  return {
    send: (request) => by(request.url).send(request),
    refusal: (url) => by(url).refusal(url),
  }
}

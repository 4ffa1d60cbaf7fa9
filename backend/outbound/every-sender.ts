import type { Sender } from '../deliveries/ports.ts'
import { createMailer, type MailerOptions } from './mailer.ts'
import { createSender } from './sender.ts'

export type EverySenderOptions = MailerOptions &
  Readonly<{
    /** A bucket that everybody may read: that of the page's pictures. */
    openBucket?: Readonly<{ endpoint: string; bucket: string }>
  }>

/** Brings requests wherever their addresses lead. */
export function createEverySender({ openBucket, ...options }: EverySenderOptions): Sender {
  const [web, mail] = [createSender(options), createMailer(options)]
  const by = (url: string) => (/^smtps?:/.test(url) ? mail : web)
  return {
    send: (request) => by(request.url).send(request),
    refusal: async (url) =>
      openBucket && isIn(url, openBucket)
        ? `everybody may read the bucket ${openBucket.bucket}, where the pictures of the page are: give leads a bucket of their own`
        : by(url).refusal(url),
  }
}

function isIn(url: string, { endpoint, bucket }: Readonly<{ endpoint: string; bucket: string }>): boolean {
  const [{ host, pathname }, storage] = [new URL(url), new URL(endpoint)]
  return host === storage.host ? pathname.split('/')[1] === bucket : host === `${bucket}.${storage.host}`
}

import { createHash } from 'node:crypto'
import { csvOf } from './csv.ts'
import type { Message } from './message.ts'
import { everyOption } from './options.ts'
import { s3Put } from './s3-put.ts'
import type { Answer, EndpointSettings, Outcome, Target, TargetOption } from './target.ts'

type Format = Readonly<{
  extension: string
  contentType: string
  options: readonly TargetOption[]
  bodyOf(messages: readonly Message[], settings: EndpointSettings): string
}>

const fileMax = 10_000
// What a storage takes within the time of an attempt.
const fileBytesMax = 8_000_000
const usualEveryS = 3_600
const key = /^[\x21-\x7e]{3,128}$/

const ofStorage: readonly TargetOption[] = [
  {
    name: 'keyid',
    about: 'the access key that may write there',
    isRequired: true,
    isFit: (text) => /^[A-Za-z0-9_.-]{3,128}$/.test(text),
    must: 'the id of an access key, such as AKIAIOSFODNN7EXAMPLE',
  },
  {
    name: 'keysecret',
    about: 'the secret of that key',
    isRequired: true,
    isFit: (text) => key.test(text),
    must: 'the secret that belongs to --keyid',
  },
  {
    name: 'region',
    about: 'the region of the bucket (us-east-1)',
    isRequired: false,
    isFit: (text) => /^[a-z0-9-]{1,64}$/.test(text),
    must: 'a region such as eu-central-1',
  },
  everyOption,
]

/**
 * Files in a bucket of any S3-compatible storage: what came since the last one. A file is put whole or not at all. Its name is
 * made of what stands in it, so that the same leads are the same file, and who loads the same file twice can tell by its name.
 */
function dropOf(format: Format): Target {
  return {
    hasSecret: false,
    takesHeaders: false,
    address: {
      isFit: ({ protocol, pathname, search }) =>
        /^https?:$/.test(protocol) && search === '' && /^\/[\w./-]*[\w-]\/?$/.test(pathname),
      must: 'The address must be that of a bucket and folder, such as https://s3.eu-central-1.amazonaws.com/BUCKET/leads or https://BUCKET.s3.amazonaws.com/leads, of letters, digits, dots, - and _.',
    },
    options: [...ofStorage, ...format.options],
    requestMax: () => fileMax,
    pauseMs: ({ own }) => Number(own.every ?? usualEveryS) * 1000,
    fits(messages, settings) {
      let [count, bytes] = [0, 0]
      for (const message of messages) {
        bytes += Buffer.byteLength(JSON.stringify(settings.thin ? message.thin : message.data)) * 2
        if (count > 0 && bytes > fileBytesMax) break
        count++
      }
      return count
    },
    request(messages, settings, nowMs) {
      const { keyid: id = '', keysecret: secret = '', region = 'us-east-1' } = settings.own
      const folder = settings.url.replace(/\/$/, '')
      const isTest = messages[0]!.type === 'delivery.test'
      const file = isTest
        ? {
            name: 'landfast-test.txt',
            body: `${messages[0]!.data.says}\n`,
            contentType: 'text/plain; charset=utf-8',
          }
        : {
            name: nameOf(messages, format),
            body: format.bodyOf(messages, settings),
            contentType: format.contentType,
          }
      return s3Put(new URL(`${folder}/${file.name}`), file, { id, secret, region }, nowMs)
    },
    judge,
  }
}

/** When the latest in it happened, how many there are, and what is made of their ids. */
function nameOf(messages: readonly Message[], { extension }: Format): string {
  const [day, time] = messages
    .map((message) => message.timestamp)
    .toSorted()
    .at(-1)!
    .split('T')
  const ids = createHash('sha256')
    .update(messages.map(({ id }) => id).join())
    .digest('hex')
  return `${day}/${time!.slice(0, 2)}h${time!.slice(3, 5)}-${messages.length}-${ids.slice(0, 16)}.${extension}`
}

/** A storage that knows no such bucket or key parks the endpoint: somebody has to mend it. */
function judge({ status, because, body }: Answer): Outcome {
  if (status >= 200 && status < 300) return { kind: 'delivered' }
  const code = /<Code>(\w+)<\/Code>/.exec(body)?.[1]
  const said =
    status === 0 ? (because ?? 'no answer') : `the storage answered ${status}${code ? `: ${code}` : ''}`
  const isOver = status === 410 || ((status === 403 || status === 404) && code !== 'RequestTimeTooSkewed')
  return isOver ? { kind: 'gone', because: said } : { kind: 'failed', because: said, isTheirs: true }
}

/** One row an event, for spreadsheets and loaders. */
export const csvDrop = dropOf({
  extension: 'csv',
  contentType: 'text/csv; charset=utf-8; header=present',
  options: [
    {
      name: 'bom',
      about: 'yes begins each file with the mark by which Excel reads Persian',
      isRequired: false,
      isFit: (text) => text === 'yes' || text === 'no',
      must: 'yes or no',
    },
  ],
  bodyOf: (messages, { thin, own }) => csvOf(messages, { thin, bom: own.bom === 'yes' }),
})

/** One message a line, as a webhook has it, with its id. */
export const ndjsonDrop = dropOf({
  extension: 'ndjson',
  contentType: 'application/x-ndjson',
  options: [],
  bodyOf: (messages, settings) =>
    messages
      .map(({ id, type, timestamp, data, thin }) =>
        JSON.stringify({ id, type, timestamp, data: settings.thin ? thin : data }),
      )
      .map((line) => `${line}\n`)
      .join(''),
})

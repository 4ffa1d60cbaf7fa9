import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'

const own = (file: string) => readFileSync(join(import.meta.dir, 'own-ca', file), 'utf8')
/** Who has signed the certificate of the servers below: they are `localhost`. */
export const mailCa = own('ca.pem')

/** A mail as a server got it. */
export type Mail = Readonly<{
  to: readonly string[]
  from: string
  secure: boolean
  /** Its head, unfolded, by name. */
  headers: ReadonlyMap<string, string>
  /** Its parts as they are read. */
  text: string
  html: string
  raw: string
}>

/** Says no to a recipient or a whole mail: the code, and in words. */
export type Refusal = Readonly<{ code: number; says: string }>

/** A mail server with a certificate of its own. `refuses` is asked of each recipient, and then of the mail. */
export async function startMailServer(
  options: SMTPServerOptions & {
    refuses?(step: 'recipient' | 'mail', address: string): Refusal | undefined
    hangs?: boolean
  } = {},
) {
  const { refuses = () => undefined, hangs = false, ...others } = options
  let asks = refuses
  const mails: Mail[] = []
  const fault = ({ code, says }: Refusal) => Object.assign(new Error(says), { responseCode: code })
  const server = new SMTPServer({
    ...{ key: own('server.key'), cert: own('server.pem'), authOptional: true, logger: false },
    onRcptTo({ address }, _, done) {
      const no = asks('recipient', address)
      done(no ? fault(no) : undefined)
    },
    onData(stream, { envelope, secure }, done) {
      stream.toArray().then((chunks) => {
        if (hangs) return
        const to = envelope.rcptTo.map(({ address }) => address)
        const no = asks('mail', to.join())
        if (!no) mails.push(readMail(Buffer.concat(chunks).toString('utf8'), to, Boolean(secure)))
        done(no ? fault(no) : undefined)
      }, done)
    },
    ...others,
  })
  // Who breaks off is a part of what is tested.
  server.on('error', () => {})
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  const { port } = server.server.address() as AddressInfo
  return {
    port,
    mails,
    behave(next: NonNullable<typeof refuses>) {
      asks = next
    },
    stop: () => new Promise<void>((resolve) => server.close(() => resolve())),
  }
}

function readMail(raw: string, to: readonly string[], secure: boolean): Mail {
  const [head = '', ...rest] = raw.split('\r\n\r\n')
  const headers = headersOf(head)
  const boundary = /boundary="([^"]+)"/.exec(headers.get('content-type') ?? '')![1]!
  const parts = rest.join('\r\n\r\n').split(`--${boundary}`).slice(1, -1).map(partOf)
  const part = (type: string) => parts.find((each) => each.type.startsWith(type))?.body ?? ''
  const from = headers.get('from')!
  return { to, from, secure, headers, text: part('text/plain'), html: part('text/html'), raw }
}

function partOf(raw: string): { type: string; body: string } {
  const [head = '', ...rest] = raw.replace(/^\r\n/, '').split('\r\n\r\n')
  const headers = headersOf(head)
  const body = rest.join('\r\n\r\n')
  const encoding = headers.get('content-transfer-encoding')
  const bytes =
    encoding === 'base64'
      ? Buffer.from(body, 'base64')
      : encoding === 'quoted-printable'
        ? quotedPrintable(body)
        : Buffer.from(body)
  return { type: headers.get('content-type') ?? '', body: bytes.toString('utf8').replaceAll('\r\n', '\n') }
}

function headersOf(head: string): Map<string, string> {
  const lines = head.replaceAll(/\r\n[ \t]+/g, ' ').split('\r\n')
  return new Map(
    lines.map((line) => {
      const [, name = '', value = ''] = /^([^:]+):\s*(.*)$/.exec(line) ?? []
      return [name.toLowerCase(), decoded(value)]
    }),
  )
}

/** Words of RFC 2047. A letter may begin in one and end in the next. */
const decoded = (value: string) =>
  value
    .replaceAll(/\?=\s+=\?/g, '?==?')
    .replaceAll(/(?:=\?utf-8\?[QB]\?[^?]*\?=)+/gi, (all) =>
      Buffer.concat(
        [...all.matchAll(/=\?utf-8\?([QB])\?([^?]*)\?=/gi)].map(([, kind, text]) =>
          kind!.toUpperCase() === 'B'
            ? Buffer.from(text!, 'base64')
            : quotedPrintable(text!.replaceAll('_', ' ')),
        ),
      ).toString('utf8'),
    )

const quotedPrintable = (text: string) =>
  Buffer.from(
    text
      .replaceAll(/=\r?\n/g, '')
      .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  )

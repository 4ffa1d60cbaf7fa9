import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A request as a chat gets it. */
type Asked = Readonly<{ path: string; query: URLSearchParams; body: string; atMs: number }>
type Said = Readonly<{
  status: number
  body: string
  headers?: Readonly<Record<string, string>>
  text?: string
}>

/** A chat as its documentation describes it. */
export type Chat = Readonly<{
  url: string
  /** The texts that it has shown, as people read them, in order. */
  shown: readonly string[]
  /** How often it has said that it is too much. */
  refusals(): number
  /** From now on it says this in place of what it would; undefined: as documented. */
  say(answer: Said | undefined): void
  stop(): Promise<void>
}>

const json = (status: number, value: object, headers: Record<string, string> = {}): Said => ({
  status,
  body: JSON.stringify(value),
  headers: { 'content-type': 'application/json', ...headers },
})

async function startChat(path: string, answer: (asked: Asked) => Said): Promise<Chat> {
  const shown: string[] = []
  let refusals = 0
  let fixed: Said | undefined
  async function said(request: IncomingMessage): Promise<Said> {
    const body = Buffer.concat(await request.toArray()).toString('utf8')
    const { pathname, searchParams } = new URL(request.url!, 'http://x')
    const isJson = request.headers['content-type']?.startsWith('application/json')
    if (request.method !== 'POST' || !isJson) return { status: 415, body: 'unsupported' }
    return fixed ?? answer({ path: pathname, query: searchParams, body, atMs: performance.now() })
  }
  const server = createServer((request, response) => {
    said(request).then(
      ({ status, body, headers, text }) => {
        if (text !== undefined) shown.push(text)
        if (status === 429) refusals++
        response.writeHead(status, headers).end(body)
      },
      () => request.socket.destroy(),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}${path}`,
    shown,
    refusals: () => refusals,
    say(next) {
      fixed = next
    },
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Lets so many through within a time. Returns how long the next has to wait, or 0. */
function window(most: number, withinMs: number) {
  let taken: number[] = []
  return (atMs: number): number => {
    taken = taken.filter((ms) => atMs - ms < withinMs)
    if (taken.length >= most) return withinMs - (atMs - taken[0]!)
    taken.push(atMs)
    return 0
  }
}

function parsed(body: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

const unescaped = (text: string) =>
  text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&amp;', '&')

/** api.slack.com, "Incoming webhooks" and "Rate limits": one message a second, errors as a word of plain text. */
export function startSlack(): Promise<Chat> {
  const path = '/services/T0AB/B0CD/abcDEF'
  const wait = window(1, 1_000)
  return startChat(path, (asked) => {
    if (asked.path !== path) return { status: 404, body: 'no_service' }
    const { text } = parsed(asked.body) ?? {}
    if (typeof text !== 'string') return { status: 400, body: 'invalid_payload' }
    if (text === '') return { status: 400, body: 'no_text' }
    const marks = text.replace(/<(?:https?|tel):[^<>|\s]+\|([^<>|]+)>/g, '$1')
    // A bare < or > is a mark of its own, and would swallow what comes after.
    if (text.length > 40_000 || /[<>]/.test(marks)) return { status: 400, body: 'invalid_payload' }
    const waitMs = wait(asked.atMs)
    if (waitMs > 0)
      return {
        status: 429,
        body: 'rate_limited',
        headers: { 'retry-after': String(Math.ceil(waitMs / 1000)) },
      }
    return { status: 200, body: 'ok', text: unescaped(marks) }
  })
}

/** discord.com/developers, "Execute Webhook" and "Rate limits": five in two seconds, thirty in a minute. */
export function startDiscord(): Promise<Chat> {
  const path = '/api/webhooks/123/a-b_c'
  const [burst, minute] = [window(5, 2_000), window(30, 60_000)]
  const invalid = json(400, { message: 'Invalid Form Body', code: 50035 })
  return startChat(path, (asked) => {
    if (asked.path !== path) return json(404, { message: 'Unknown Webhook', code: 10015 })
    const {
      content = '',
      embeds = [],
      allowed_mentions: mentions,
    } = (parsed(asked.body) ?? {}) as {
      content?: string
      embeds?: { description?: string }[]
      allowed_mentions?: { parse?: unknown[] }
    }
    const text = [content, ...embeds.map(({ description = '' }) => description)].join('\n').trim()
    const isLong = content.length > 2_000 || embeds.some(({ description = '' }) => description.length > 4_096)
    if (isLong || text === '' || embeds.length > 10 || text.length > 6_000) return invalid
    if (mentions?.parse?.length !== 0) return { status: 500, body: 'it would call everyone' }
    const waitMs = burst(asked.atMs) || minute(asked.atMs)
    if (waitMs > 0) {
      const retry_after = Math.ceil(waitMs) / 1000
      const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset-after': String(retry_after) }
      return json(429, { message: 'You are being rate limited.', retry_after, global: false }, headers)
    }
    const read = text.replace(/\[([^\]]*)\]\(https:[^)]*\)/g, '$1').replace(/\\([^\w\s])/g, '$1')
    // Without `wait` nobody hears whether it was kept.
    return asked.query.get('wait') === 'true'
      ? { ...json(200, { id: '1' }), text: read }
      : { status: 204, body: '' }
  })
}

/** learn.microsoft.com, "Create incoming webhooks with Workflows": cards of up to 28 KB, four requests a second. */
export function startTeams(): Promise<Chat> {
  const path = '/workflows/1/triggers/manual/paths/invoke'
  const wait = window(4, 1_000)
  const refused = (status: number, code: string) =>
    json(status, { error: { code, message: `refused: ${code}` } })
  return startChat(`${path}?api-version=2016-06-01&sig=s%2Fx`, (asked) => {
    if (asked.path !== path) return refused(404, 'WorkflowNotFound')
    if (asked.query.get('sig') !== 's/x') return refused(401, 'DirectApiAuthorizationRequired')
    if (Buffer.byteLength(asked.body) > 28 * 1024) return refused(413, 'RequestEntityTooLarge')
    const { type, attachments = [] } = (parsed(asked.body) ?? {}) as {
      type?: string
      attachments?: { contentType: string; content: { type: string; version: string; body: Block[] } }[]
    }
    const [card] = attachments
    const isCard =
      card?.contentType === 'application/vnd.microsoft.card.adaptive' && card.content.type === 'AdaptiveCard'
    if (type !== 'message' || !isCard) return refused(400, 'TriggerInputSchemaMismatch')
    const waitMs = wait(asked.atMs)
    if (waitMs > 0) return { ...refused(429, 'TooManyRequests'), headers: { 'retry-after': '1' } }
    const text = card.content.body.map(({ inlines }) => inlines.map((run) => run.text).join('')).join('\n')
    return { status: 202, body: '', text }
  })
}

type Block = Readonly<{ type: 'RichTextBlock'; inlines: { type: 'TextRun'; text: string }[] }>

export const botToken = `123456:${'A'.repeat(35)}`

/**
 * core.telegram.org/bots/api, "sendMessage", "Making requests" and the FAQ on limits: a message a second to a chat, twenty a
 * minute to a group. The group `-55` has become the supergroup `-10055`.
 */
export function startTelegram(): Promise<Chat> {
  const waits = new Map<string, (atMs: number) => number>()
  const refused = (error_code: number, description: string, parameters?: object) =>
    json(error_code, { ok: false, error_code, description, ...(parameters && { parameters }) })
  return startChat('', (asked) => {
    if (asked.path !== `/bot${botToken}/sendMessage`) return refused(401, 'Unauthorized')
    const { chat_id: chat, text, parse_mode: mode } = (parsed(asked.body) ?? {}) as Record<string, string>
    if (chat === '-55') {
      const parameters = { migrate_to_chat_id: -10_055 }
      return refused(400, 'Bad Request: group chat was upgraded to a supergroup chat', parameters)
    }
    if (chat !== '77' && chat !== '-10055') return refused(400, 'Bad Request: chat not found')
    if (!text || mode !== 'HTML') return refused(400, 'Bad Request: message text is empty')
    const marks = text.replace(/<\/?b>|<a href="https:[^"<>]+">|<\/a>/g, '')
    if (/[<>]|&(?!(?:lt|gt|amp|quot);)/.test(marks)) return refused(400, "Bad Request: can't parse entities")
    const read = unescaped(marks)
    if (read.length > 4_096) return refused(400, 'Bad Request: message is too long')
    const wait = waits.get(chat) ?? (chat.startsWith('-') ? window(20, 60_000) : window(1, 1_000))
    waits.set(chat, wait)
    const waitMs = wait(asked.atMs)
    const retry_after = Math.ceil(waitMs / 1000)
    if (waitMs > 0) return refused(429, `Too Many Requests: retry after ${retry_after}`, { retry_after })
    return { ...json(200, { ok: true, result: { message_id: 1 } }), text: read }
  })
}

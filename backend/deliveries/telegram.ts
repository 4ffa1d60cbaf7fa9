import { escapeMarkup, fieldsOf, fitting, judgeSaying, type Piece, textOf, waitingFor } from './chat.ts'
import type { Outcome, Target } from './target.ts'

const textMax = 4_096
// A message a second to a person; twenty a minute to a group or channel, whose ids are below zero or names.
const pauseMs = { person: 1_200, group: 3_200 }

/** A chat of Telegram, written to by a bot of one's own. */
export const telegram: Target = {
  hasSecret: false,
  options: [
    {
      name: 'token',
      about: 'of the bot, as @BotFather says it',
      isRequired: true,
      isFit: (text) => /^\d{3,20}:[\w-]{20,64}$/.test(text),
      must: 'the token of a bot, such as 123456789:AAE…, as @BotFather says it',
    },
    {
      name: 'chat',
      about: 'the chat to write in: its id, or @name of a channel',
      isRequired: true,
      isFit: (text) => /^(?:-?\d{1,20}|@\w{4,64})$/.test(text),
      must: 'the id of a chat, such as 123456789 or -1001234567890, or the @name of a channel',
    },
  ],
  address: {
    usual: 'https://api.telegram.org',
    isOwn: ({ hostname }) => hostname === 'api.telegram.org',
    isFit: ({ pathname, search }) => search === '' && !/\/bot\d+:/.test(pathname),
    must: 'The address of Telegram is https://api.telegram.org, or that of a Bot API server of your own; the token is given by --token.',
  },
  requestMax: () => 50,
  pauseMs: ({ own }) => (/^\d/.test(own.chat ?? '') ? pauseMs.person : pauseMs.group),
  fits: (messages, { thin }) => fitting(messages, textMax, (held) => textOf(held, thin, marked).length),
  request(messages, { url, headers, thin, own }) {
    return {
      url: `${url.replace(/\/$/, '')}/bot${own.token}/sendMessage`,
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify({
        chat_id: own.chat,
        text: textOf(messages, thin, marked),
        parse_mode: 'HTML',
        link_preview_options: { is_disabled: true },
      }),
    }
  },
  judge(answer, nowMs): Outcome {
    const { ok, description, parameters } = fieldsOf(answer.body)
    const said = typeof description === 'string' ? description.slice(0, 200) : undefined
    const { retry_after: seconds, migrate_to_chat_id: movedTo } = (parameters ?? {}) as Record<
      string,
      unknown
    >
    if (answer.status === 200 && ok !== true)
      return { kind: 'failed', because: 'it did not answer as Telegram does', isTheirs: true }
    if (typeof movedTo === 'number')
      return {
        kind: 'failed',
        because: 'the group has another id now',
        isTheirs: true,
        changed: { chat: String(movedTo) },
      }
    if (said !== undefined && isOver(answer.status, said))
      return { kind: 'gone', because: `Telegram says ${said}` }
    return judgeSaying(waitingFor(answer, seconds), nowMs, said)
  },
}

/** The bot was put out, its token taken back, or there is no such chat: only a person can make it well. */
const isOver = (status: number, said: string) =>
  [401, 403, 404].includes(status) ||
  (status === 400 && /chat not found|CHAT_WRITE_FORBIDDEN|not enough rights/i.test(said))

// Telegram makes numbers clickable by itself, and takes addresses of the web alone.
function marked({ text, isBold, href }: Piece): string {
  const escaped = escapeMarkup(text)
  if (href?.startsWith('https://')) return `<a href="${escapeMarkup(href)}">${escaped}</a>`
  return isBold ? `<b>${escaped}</b>` : escaped
}

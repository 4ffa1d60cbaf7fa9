import { fieldsOf, fitting, judgeSaying, type Piece, textOf, waitingFor } from './chat.ts'
import type { Outcome, Target } from './target.ts'

// What the description of an embed holds; and thirty messages a minute are taken of a webhook.
const textMax = 4_096
const pauseMs = 2_200
/** Codes of Discord for a webhook that is over. */
const over = new Set([10_015, 50_027])

/** A webhook of a channel of Discord. */
export const discord: Target = {
  hasSecret: false,
  address: {
    isOwn: isDiscords,
    isFit: (url) => !isHostOfDiscord(url) || isDiscords(url),
    must: 'A Discord address is like https://discord.com/api/webhooks/123/abc: Edit channel, Integrations, Webhooks, Copy webhook URL.',
  },
  requestMax: () => 50,
  pauseMs: () => pauseMs,
  fits: (messages, { thin }) => fitting(messages, textMax, (held) => textOf(held, thin, marked).length),
  request(messages, { url, headers, thin }) {
    const address = new URL(url)
    // Else it answers before it knows whether it can keep the message, and says of no failure.
    address.searchParams.set('wait', 'true')
    return {
      url: address.href,
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify({
        embeds: [{ description: textOf(messages, thin, marked) }],
        allowed_mentions: { parse: [] },
      }),
    }
  },
  judge(answer, nowMs): Outcome {
    const { code, message, retry_after: seconds } = fieldsOf(answer.body)
    if (over.has(Number(code)))
      return { kind: 'gone', because: `Discord says ${message}: its webhook was deleted` }
    return judgeSaying(waitingFor(answer, seconds), nowMs, message)
  },
}

function isHostOfDiscord({ hostname }: URL): boolean {
  return /(?:^|\.)discord(?:app)?\.com$/.test(hostname)
}

function isDiscords(url: URL): boolean {
  return isHostOfDiscord(url) && /^\/api\/(?:v\d+\/)?webhooks\/\d+\/[\w-]+$/.test(url.pathname)
}

function marked({ text, isBold, href }: Piece): string {
  const escaped = text.replace(/[\\*_~`|>#[\]()<@]/g, '\\$&')
  // Others than addresses of the web are not followed there.
  if (href?.startsWith('https://')) return `[${escaped}](${href})`
  return isBold ? `**${escaped}**` : escaped
}

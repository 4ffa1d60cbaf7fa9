import { escapeMarkup, fitting, judgeSaying, type Piece, textOf } from './chat.ts'
import type { Outcome, Target } from './target.ts'

// Slack cuts at 40,000 characters and wants a second between messages. A little more, for they travel unevenly.
const textMax = 12_000
const pauseMs = 1_200
/** What Slack says of a webhook that is over: only a person can make it well. */
const over: Readonly<Record<string, string>> = {
  channel_is_archived: 'its channel is archived',
  channel_not_found: 'its channel is gone',
  no_service: 'its webhook was taken back or never was',
  no_service_id: 'its webhook was taken back or never was',
  no_team: 'its workspace is gone',
  team_disabled: 'its workspace is switched off',
  invalid_token: 'its webhook was taken back or never was',
  action_prohibited: 'an administrator of the workspace does not allow it',
  posting_to_general_channel_denied: 'an administrator of the workspace does not allow it there',
  user_not_found: 'the one who made its webhook is gone',
}

/** An incoming webhook of Slack, or of what reads the same: Mattermost, Rocket.Chat and others. */
export const slack: Target = {
  hasSecret: false,
  address: {
    isOwn: ({ hostname }) => hostname === 'hooks.slack.com',
    isFit: ({ hostname, pathname }) =>
      !/(?:^|\.)slack\.com$/.test(hostname) ||
      (hostname === 'hooks.slack.com' && /^\/services\/T\w+\/B\w+\/\w+$/.test(pathname)),
    must: 'A Slack address is like https://hooks.slack.com/services/T…/B…/…: Incoming Webhooks of your app shows it. (Of Mattermost and the like, give theirs.)',
  },
  requestMax: () => 100,
  pauseMs: () => pauseMs,
  fits: (messages, { thin }) => fitting(messages, textMax, (held) => textOf(held, thin, marked).length),
  request(messages, { url, headers, thin }) {
    return {
      url,
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify({
        text: textOf(messages, thin, marked),
        unfurl_links: false,
        unfurl_media: false,
      }),
    }
  },
  judge(answer, nowMs): Outcome {
    const said = answer.body.trim()
    if (Object.hasOwn(over, said)) return { kind: 'gone', because: `Slack says ${said}: ${over[said]}` }
    return judgeSaying(answer, nowMs, /^[a-z_]{1,64}$/.test(said) ? said : undefined)
  },
}

function marked({ text, isBold, href }: Piece): string {
  // An @ that stands alone calls nobody; servers like Mattermost would call a whole channel for what a link says.
  const escaped = escapeMarkup(text).replace(/@(?=\w)/g, '@\u200b')
  if (href !== undefined) return `<${escapeMarkup(href)}|${escaped}>`
  return isBold ? `*${escaped}*` : escaped
}

import { fieldsOf, fitting, judgeSaying, type Line, linesOf } from './chat.ts'
import type { Message } from './message.ts'
import type { Outcome, Target } from './target.ts'

// A message of Teams may have 28 KB; what Power Automate adds is not ours to know.
const bodyBytesMax = 24_000
const pauseMs = 1_200
const over = new Set(['WorkflowNotFound', 'WorkflowTriggerIsNotEnabled', 'DirectApiAuthorizationRequired'])

/** A workflow of Teams that posts cards which it is sent: "When a Teams webhook request is received". */
export const teams: Target = {
  hasSecret: false,
  address: {
    isOwn: isWorkflows,
    isFit: ({ hostname }) => !/(?:^|\.)(?:teams\.microsoft\.com|office\.com)$/.test(hostname),
    must: 'A Teams address is that of a workflow, like https://….environment.api.powerplatform.com/…/triggers/manual/paths/invoke?…: the workflow shows it after it is saved. (Addresses of office.com are of connectors, which are over.)',
  },
  requestMax: () => 60,
  pauseMs: () => pauseMs,
  fits: (messages, { thin }) =>
    fitting(messages, bodyBytesMax, (held) => Buffer.byteLength(bodyOf(held, thin))),
  request: (messages, { url, headers, thin }) => ({
    url,
    headers: { ...headers, 'content-type': 'application/json' },
    body: bodyOf(messages, thin),
  }),
  judge(answer, nowMs): Outcome {
    const { error } = fieldsOf(answer.body)
    const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown }
    if (over.has(String(code)))
      return {
        kind: 'gone',
        because: `Teams says ${code}: its workflow is deleted, switched off or not for anyone`,
      }
    return judgeSaying(answer, nowMs, message)
  },
}

function isWorkflows({ hostname, pathname }: URL): boolean {
  return /\.(?:logic\.azure\.com|api\.powerplatform\.com)$/.test(hostname) && pathname.includes('/triggers/')
}

// Runs of text, for those have no marks: what a link says stays as it is.
const bodyOf = (messages: readonly Message[], isThin: boolean) =>
  JSON.stringify({
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        contentUrl: null,
        content: {
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          type: 'AdaptiveCard',
          version: '1.4',
          msteams: { width: 'Full' },
          body: linesOf(messages, isThin).map(blockOf),
        },
      },
    ],
  })

const blockOf = (line: Line) => ({
  type: 'RichTextBlock',
  spacing: 'Small',
  inlines: line.map(({ text, isBold, href }) => ({
    type: 'TextRun',
    text,
    ...(isBold && { weight: 'Bolder' }),
    ...(href !== undefined && { selectAction: { type: 'Action.OpenUrl', url: href } }),
  })),
})

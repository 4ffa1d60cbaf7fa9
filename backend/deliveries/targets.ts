import { discord } from './discord.ts'
import { csvDrop, ndjsonDrop } from './drop.ts'
import { email } from './email.ts'
import { googleSheets } from './google-sheets.ts'
import { slack } from './slack.ts'
import type { Target, TargetOption } from './target.ts'
import { teams } from './teams.ts'
import { telegram } from './telegram.ts'
import { webhook } from './webhook.ts'

/** Every kind of receiver. Another is a file beside `webhook.ts` and a line here. */
export const targets = {
  webhook,
  slack,
  discord,
  teams,
  telegram,
  'google-sheets': googleSheets,
  email,
  'csv-drop': csvDrop,
  'ndjson-drop': ndjsonDrop,
} as const satisfies Readonly<Record<string, Target>>

export type TargetName = keyof typeof targets
export const targetNames = Object.keys(targets) as TargetName[]
export const isTargetName = (text: string): text is TargetName => Object.hasOwn(targets, text)

/** What any of them asks for beside the address, each name once. */
export const targetOptions: readonly TargetOption[] = [
  ...new Map(
    targetNames
      .flatMap((name) => (targets[name] as Target).options ?? [])
      .map((option) => [option.name, option]),
  ).values(),
]

/** The kind of receiver that an address shows it to be. */
export const targetOf = (url: URL): TargetName | undefined =>
  targetNames.find((name) => (targets[name] as Target).address?.isOwn?.(url))

import { googleSheets } from './google-sheets.ts'
import type { Target } from './target.ts'
import { webhook } from './webhook.ts'

/** Every kind of receiver. Another is a file beside `webhook.ts` and a line here. */
export const targets = { webhook, 'google-sheets': googleSheets } as const satisfies Readonly<
  Record<string, Target>
>

export type TargetName = keyof typeof targets
export const targetNames = Object.keys(targets) as TargetName[]
export const isTargetName = (text: string): text is TargetName => Object.hasOwn(targets, text)

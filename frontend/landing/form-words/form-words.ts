import type { Obstacle } from '../form-state.ts'
import type { PhoneProblem } from '../phone.ts'

type Answer = Readonly<{ title: string; text: string; next: readonly string[]; restart: string }>

/** Every word of the form, in one language. */
export type FormWords = Readonly<{
  title: string
  text: string
  label: string
  hint: string
  placeholder: string
  submit: string
  sending: string
  privacy: string
  privacyLink: Readonly<{ label: string; target: string }>
  problems: Readonly<Record<PhoneProblem, string>>
  obstacles: Readonly<Record<Obstacle, string>>
  keptOffline: string
  keptSoon: string
  keptLater: string
  failed: string
  retry: string
  refusedWithoutScript: string
  thanks: Answer
  duplicate: Answer
}>

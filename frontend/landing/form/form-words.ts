import type { Obstacle, Problem } from './form-state.ts'

type Answer = Readonly<{ title: string; text: string; next: readonly string[]; restart: string }>
type NextStep = Readonly<{ offline: string; soon: string; later: string }>

/** Every word of the form, in one language. */
export type FormWords = Readonly<{
  title: string
  text: string
  label: string
  hint: string
  placeholder: string
  submit: string
  /** Under the button: when the call comes. */
  promise?: string
  sending: string
  privacy: string
  /** Leads to what becomes of the number. */
  privacyLink: string
  /** What people agree to by ticking the box. */
  consent: string
  /** Nobody is meant to read it. */
  honeypot: string
  problems: Readonly<Record<Problem, string>>
  /**
   * Asked about a number that may lack a digit: `{should}` is how many those that begin like it have, such as `10 or 11`,
   * `{has}` how many it has.
   */
  odd: string
  sendAnyway: string
  obstacles: Readonly<Record<Obstacle, string>>
  /** What happens next with a number that is not through yet. */
  kept: Readonly<{ onDevice: NextStep; inPage: NextStep }>
  failed: string
  retry: string
  /** What to do where the page is out of date. */
  outdated: string
  reload: string
  /** `{number}` is the visitor's, as they wrote it. */
  calling: string
  change: string
  thanks: Answer
  duplicate: Answer
}>

import type { Setback, Submission } from '../../api/leads.ts'
import type { Ending } from '../../outbox/kept.ts'
import type { News } from '../../outbox/outbox.ts'
import { checkPhone, type PhoneProblem, plainPhone } from './phone.ts'
import { formatPhone } from './phone-field.ts'
import { type OddLength, oddLengthOf, type PhonePlan } from './phone-plan.ts'
import type { Told } from './told.ts'

/** What the visitor has to mend before anything is sent. */
export type Problem = PhoneProblem | 'consent_required'

/** Why a submission is not through: for now, or (`rejected`, `expired`) for good. */
export type Obstacle = Setback | 'rejected' | 'expired'

/** Where the form stands. Whatever was typed stays in `phone` until the API has answered for it. */
export type FormState =
  | Readonly<{ name: 'idle'; phone: string; sent?: Submission; was?: Told }>
  | Readonly<{ name: 'invalid'; phone: string; sent?: Submission; was?: Told; problem: Problem }>
  /** Asked once: a digit may be missing. Submitted again as it is, it is sent. */
  | Readonly<{ name: 'odd'; phone: string; sent?: Submission; was?: Told; odd: OddLength }>
  | Readonly<{
      name: 'sending'
      phone: string
      sent: Submission
      /** The visitor has just asked for it; otherwise the outbox sends by itself. */
      isAsked: boolean
      /** The key of the submission that this one corrects. */
      replaces?: string
    }>
  /** Not through yet, and sent again by itself after `waitMs`. */
  | Readonly<{
      name: 'kept'
      phone: string
      sent: Submission
      setback: Setback
      waitMs: number
      onDevice: boolean
    }>
  /** Not sent, and waiting for the visitor. */
  | Readonly<{ name: 'failed'; phone: string; sent?: Submission; obstacle: Obstacle }>
  /** Without `told` it was posted without the script, which knows no number of it. */
  | Readonly<{ name: 'thanks' | 'duplicate'; told?: Told }>

export type FormEvent =
  | Readonly<{ type: 'typed'; phone: string }>
  /** The consent was given, or taken back. */
  | Readonly<{ type: 'ticked' }>
  /** `key` is used unless this very phone went out before. */
  | Readonly<{
      type: 'submitted'
      key: string
      fields: Submission['fields']
      lacksConsent?: boolean
      plan?: PhonePlan
    }>
  /** An earlier page has left this on the device; `draft` is a correction of it that was never sent. */
  | Readonly<{ type: 'found'; submission: Submission; news: News; draft?: string }>
  | Readonly<{ type: 'heard'; key: string; news: News }>
  /** An earlier page was told how this one ended. */
  | Readonly<{ type: 'remembered'; told: Told }>
  /** The number is to be changed. */
  | Readonly<{ type: 'changing' }>
  /** Another number is to be sent beside it. */
  | Readonly<{ type: 'restarted' }>

const empty: FormState = { name: 'idle', phone: '' }

/** The only place where the form's state changes. */
export function nextState(state: FormState, event: FormEvent): FormState {
  switch (event.type) {
    case 'typed':
      return isOpen(state) ? type(state, event.phone) : state
    case 'ticked':
      if (state.name !== 'invalid' || state.problem !== 'consent_required') return state
      return { name: 'idle', phone: state.phone, sent: state.sent }
    case 'submitted':
      return isOpen(state) ? submit(state, event) : state
    case 'found':
      return state.name === 'idle' ? find(event) : state
    case 'heard':
      return 'sent' in state && state.sent?.key === event.key ? hear(state, state.sent, event.news) : state
    case 'remembered':
      return state.name === 'idle' ? remember(state, event.told) : state
    case 'changing':
      return 'told' in state && state.told
        ? { name: 'idle', phone: state.told.shown, was: state.told }
        : restart(state)
    case 'restarted':
      return restart(state)
  }
}

/** The first state: empty, or what the API's redirect says about a form that was posted without JavaScript. */
export function firstState(search: string): FormState {
  const answer = new URLSearchParams(search)
  if (answer.has('thanks')) return { name: 'thanks' }
  if (answer.has('duplicate')) return { name: 'duplicate' }
  const code = answer.get('error')
  return code === null ? empty : refusedState(code, '')
}

/** The first state where the API refused a form that was posted without JavaScript, with what is in the field. */
export function refusedState(code: string, phone: string): FormState {
  switch (code) {
    case 'required':
    case 'invalid_phone':
    case 'use_plus_prefix':
      return { name: 'invalid', phone, problem: code }
    case 'rate_limited':
    case 'unavailable':
      return { name: 'failed', phone, obstacle: code }
    default:
      return { name: 'failed', phone, obstacle: 'rejected' }
  }
}

/** What is told of a submission that the API has; undefined of one that it has not. */
function toldOf({ phone, key }: Submission, { kind }: Ending, typed = ''): Told | undefined {
  if (kind !== 'accepted' && kind !== 'duplicate') return undefined
  // Words and extensions that were left out are not what is called.
  const shown = isSamePhone(typed, phone) && !/\p{L}/u.test(typed) ? typed : formatPhone(phone)
  return { name: kind === 'accepted' ? 'thanks' : kind, shown, phone, key }
}

/** Whether only a newer page can send it. */
export function isOutdated(state: FormState): boolean {
  return state.name === 'kept' && state.setback === 'outdated'
}

/** Whether two writings are the same number to the API. */
export function isSamePhone(typed: string, phone: string): boolean {
  return plainPhone(typed) === phone
}

type Open = Extract<FormState, { name: 'idle' | 'invalid' | 'odd' | 'kept' | 'failed' }>
type WithSent = Extract<FormState, { sent?: unknown }>

/** Whether the visitor may type and submit. A second tap while sending is none. */
function isOpen(state: FormState): state is Open {
  return state.name !== 'sending' && state.name !== 'thanks' && state.name !== 'duplicate'
}

function type(state: Open, phone: string): FormState {
  if (phone === state.phone) return state
  // Written in another way, by whoever writes numbers their way.
  if (state.name === 'kept' && isSamePhone(phone, state.sent.phone)) return { ...state, phone }
  return { name: 'idle', phone, sent: state.sent, was: wasOf(state) }
}

function remember({ phone, sent }: Extract<FormState, { name: 'idle' }>, told: Told): FormState {
  // Something else stands in the field: the visitor is changing it.
  if (phone !== '' && !isSamePhone(phone, told.phone)) return { name: 'idle', phone, sent, was: told }
  return { name: told.name, told }
}

function restart(state: FormState): FormState {
  return state.name === 'thanks' || state.name === 'duplicate' ? empty : state
}

const wasOf = (state: Open) => ('was' in state ? state.was : undefined)

function submit(
  state: Open,
  { key, fields, lacksConsent, plan }: Extract<FormEvent, { type: 'submitted' }>,
): FormState {
  const { phone, sent } = state
  const was = wasOf(state)
  const check = checkPhone(phone, plan)
  if (!check.ok) return { name: 'invalid', phone, sent, was, problem: check.problem }
  // Not changed after all.
  if (was?.phone === check.phone) return { name: was.name, told: was }
  if (lacksConsent) return { name: 'invalid', phone, sent, was, problem: 'consent_required' }
  const isAgain = sent?.phone === check.phone
  const odd = isAgain || state.name === 'odd' ? undefined : oddLengthOf(check.phone, plan)
  if (odd) return { name: 'odd', phone, sent, was, odd }
  const corrects = isAgain ? sent.fields.corrects : correctedBy(sent, was)
  return {
    name: 'sending',
    phone,
    sent: { phone: check.phone, key: isAgain ? sent.key : key, fields: { ...fields, corrects } },
    isAsked: true,
    replaces: isAgain ? undefined : sent?.key,
  }
}

// As many as the API takes.
const correctsMax = 3

/**
 * What a new number takes the place of: the one that the API has taken, and those on their way, whose answers may have been
 * lost. Each is named by its key, which nobody but this visitor knows.
 */
function correctedBy(...earlier: readonly (Submission | Told | undefined)[]): unknown {
  const corrects = earlier.flatMap((one) => {
    if (!one) return []
    const before = 'fields' in one ? one.fields.corrects : undefined
    return [...(Array.isArray(before) ? before : []), { phone: one.phone, key: one.key }]
  })
  return corrects.length > 0 ? corrects.slice(-correctsMax) : undefined
}

function find({ submission, news, draft }: Extract<FormEvent, { type: 'found' }>): FormState {
  if (draft) return { name: 'idle', phone: draft, sent: submission }
  const phone = formatPhone(submission.phone)
  return hear({ name: 'sending', phone, sent: submission, isAsked: false }, submission, news)
}

function hear(state: WithSent, sent: Submission, news: News): FormState {
  const { phone } = state
  // The visitor may be in the middle of correcting it.
  const isWatched = state.name === 'sending' || state.name === 'kept'
  switch (news.kind) {
    case 'sending':
      return state.name === 'kept' ? { name: 'sending', phone, sent, isAsked: false } : state
    case 'kept': {
      const { setback, waitMs, onDevice } = news
      return isWatched ? { name: 'kept', phone, sent, setback, waitMs, onDevice } : state
    }
    case 'ended':
      if (isWatched) return end(phone, sent, news.ending)
      if (isSamePhone(phone, sent.phone)) return end(phone, sent, news.ending)
      return { name: 'idle', phone, was: toldOf(sent, news.ending) }
  }
}

function end(phone: string, sent: Submission, ending: Ending): FormState {
  switch (ending.kind) {
    case 'accepted':
    case 'duplicate': {
      const told = toldOf(sent, ending, phone)!
      return { name: told.name, told }
    }
    case 'refused':
      return { name: 'invalid', phone, sent, problem: ending.problem }
    case 'rejected':
    case 'expired':
      return { name: 'failed', phone, sent, obstacle: ending.kind }
    case 'replaced':
      return empty
  }
}

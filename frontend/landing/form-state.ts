import type { LeadOutcome } from '../api/leads.ts'
import { checkPhone, type PhoneProblem } from './phone.ts'

/** A cleaned phone and the key it goes out with. A changed phone is another submission, with another key. */
export type Sent = Readonly<{ phone: string; key: string }>

/** Why a submission is not through yet. */
export type Obstacle = 'offline' | 'unreachable' | 'rate_limited' | 'unavailable' | 'rejected'

/** Where the form stands. Whatever was typed stays in `phone` until the API has answered for it. */
export type FormState =
  | Readonly<{ name: 'idle'; phone: string; sent?: Sent }>
  | Readonly<{ name: 'invalid'; phone: string; sent?: Sent; problem: PhoneProblem }>
  | Readonly<{ name: 'sending'; phone: string; sent: Sent; attempt: number }>
  /** Not sent, and tried again by itself after `waitMs`. */
  | Readonly<{ name: 'kept'; phone: string; sent: Sent; attempt: number; obstacle: Obstacle; waitMs: number }>
  /** Not sent, and waiting for the visitor. */
  | Readonly<{ name: 'failed'; phone: string; sent?: Sent; obstacle: Obstacle }>
  | Readonly<{ name: 'thanks' }>
  | Readonly<{ name: 'duplicate' }>

export type FormEvent =
  | Readonly<{ type: 'typed'; phone: string }>
  /** `key` is used unless this very phone went out before. */
  | Readonly<{ type: 'submitted'; key: string }>
  | Readonly<{ type: 'answered'; outcome: LeadOutcome }>
  | Readonly<{ type: 'retried' }>
  | Readonly<{ type: 'restarted' }>

/** Waits between attempts: a short outage is bridged unnoticed, a long one is told within a minute. */
const backOffMs = [2_000, 5_000, 15_000, 30_000]
/** A visitor does not sit out more than this; past it the page says so and leaves it to them. */
const waitMaxMs = 120_000
const offlineWaitMs = 30_000

const empty: FormState = { name: 'idle', phone: '' }

/** The only place where the form's state changes. */
export function nextState(state: FormState, event: FormEvent): FormState {
  switch (event.type) {
    case 'typed':
      if (!isOpen(state)) return state
      return { name: 'idle', phone: event.phone, sent: state.sent }
    case 'submitted':
      return isOpen(state) ? submit(state, event.key) : state
    case 'answered':
      return state.name === 'sending' ? settle(state, event.outcome) : state
    case 'retried':
      if (state.name !== 'kept') return state
      return { name: 'sending', phone: state.phone, sent: state.sent, attempt: state.attempt + 1 }
    case 'restarted':
      return state.name === 'thanks' || state.name === 'duplicate' ? empty : state
  }
}

/** The first state: empty, or what the API's redirect says about a form that was posted without JavaScript. */
export function firstState(search: string): FormState {
  const answer = new URLSearchParams(search)
  if (answer.has('thanks')) return { name: 'thanks' }
  if (answer.has('duplicate')) return { name: 'duplicate' }
  const code = answer.get('error')
  switch (code) {
    case null:
      return empty
    case 'required':
    case 'invalid_phone':
    case 'use_plus_prefix':
      return { name: 'invalid', phone: '', problem: code }
    case 'rate_limited':
    case 'unavailable':
      return { name: 'failed', phone: '', obstacle: code }
    default:
      return { name: 'failed', phone: '', obstacle: 'rejected' }
  }
}

type Open = Extract<FormState, { name: 'idle' | 'invalid' | 'kept' | 'failed' }>

/** Whether the visitor may type and submit. A second tap while sending is none. */
function isOpen(state: FormState): state is Open {
  return state.name !== 'sending' && state.name !== 'thanks' && state.name !== 'duplicate'
}

function submit({ phone, sent }: Open, key: string): FormState {
  const check = checkPhone(phone)
  if (!check.ok) return { name: 'invalid', phone, sent, problem: check.problem }
  const again = sent?.phone === check.phone ? sent : { phone: check.phone, key }
  return { name: 'sending', phone, sent: again, attempt: 1 }
}

function settle(state: Extract<FormState, { name: 'sending' }>, outcome: LeadOutcome): FormState {
  const { phone, sent, attempt } = state
  switch (outcome.kind) {
    case 'accepted':
      return { name: 'thanks' }
    case 'duplicate':
      return { name: 'duplicate' }
    case 'refused':
      return { name: 'invalid', phone, sent, problem: outcome.problem }
    case 'rejected':
      return { name: 'failed', phone, sent, obstacle: 'rejected' }
    case 'again': {
      const obstacle = outcome.reason
      // Being offline uses up no attempt: the device knows, and tells when it is back.
      if (obstacle === 'offline')
        return { name: 'kept', phone, sent, attempt: attempt - 1, obstacle, waitMs: offlineWaitMs }
      const waitMs = Math.max(backOffMs[attempt - 1] ?? Number.POSITIVE_INFINITY, outcome.waitMs ?? 0)
      if (waitMs > waitMaxMs) return { name: 'failed', phone, sent, obstacle }
      return { name: 'kept', phone, sent, attempt, obstacle, waitMs }
    }
  }
}

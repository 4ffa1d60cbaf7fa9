import CircleAlert from 'lucide-react/icons/circle-alert'
import CircleCheck from 'lucide-react/icons/circle-check'
import Clock from 'lucide-react/icons/clock'
import LoaderCircle from 'lucide-react/icons/loader-circle'
import Lock from 'lucide-react/icons/lock'
import PhoneCall from 'lucide-react/icons/phone-call'
import { type FormEvent, useEffect, useReducer, useRef } from 'react'
import { type LeadOutcome, newKey } from '../api/leads.ts'
import { Button } from '../ui/button.tsx'
import type { Language, PageFlags } from './experiments.ts'
import { type FormState, firstState, nextState, type Sent } from './form-state.ts'
import type { FormWords } from './form-words/form-words.ts'

type LeadFormProps = Readonly<{
  words: FormWords
  language: Language
  flags: PageFlags
  /** Where a post without JavaScript goes. */
  action: string
  first?: FormState
  /** Only the browser sends. */
  send?: (sent: Sent, signal: AbortSignal) => Promise<LeadOutcome>
}>

const empty = firstState('')

/** The phone form and all that can become of it. */
export function LeadForm({ words, action, first = empty, send }: LeadFormProps) {
  const [state, dispatch] = useReducer(nextState, first)
  const field = useRef<HTMLInputElement>(null)
  const answer = useRef<HTMLHeadingElement>(null)

  useEffect(() => {
    // What was typed or filled in before this code ran is in the field only.
    const phone = field.current?.value
    if (phone) dispatch({ type: 'typed', phone })
  }, [])

  useEffect(() => {
    if (state.name !== 'sending' || !send) return
    const stop = new AbortController()
    send(state.sent, stop.signal).then((outcome) => {
      if (!stop.signal.aborted) dispatch({ type: 'answered', outcome })
    })
    return () => stop.abort()
  }, [state, send])

  useEffect(() => {
    if (state.name !== 'kept') return
    const retry = () => dispatch({ type: 'retried' })
    // Spread out, so that the visitors of a whole campaign do not come back in the same second.
    const timer = setTimeout(retry, state.waitMs * (1 + Math.random() / 4))
    addEventListener('online', retry)
    return () => {
      clearTimeout(timer)
      removeEventListener('online', retry)
    }
  }, [state])

  useEffect(() => {
    if (state.name === 'invalid') field.current?.focus()
    if (state.name === 'thanks' || state.name === 'duplicate') answer.current?.focus()
  }, [state.name])

  const submit = (event: FormEvent) => {
    event.preventDefault()
    dispatch({ type: 'submitted', key: newKey() })
  }

  const restart = () => {
    dispatch({ type: 'restarted' })
    requestAnimationFrame(() => field.current?.focus())
  }

  if (state.name === 'thanks' || state.name === 'duplicate') {
    const said = words[state.name]
    return (
      <div>
        <CircleCheck aria-hidden size={44} className="text-brand" />
        <h2 ref={answer} tabIndex={-1} className="mt-3 text-2xl font-bold tracking-tight outline-none">
          {said.title}
        </h2>
        <p className="mt-2 text-soft">{said.text}</p>
        <ul className="mt-4 list-disc space-y-1 pl-5 text-soft">
          {said.next.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
        <button
          type="button"
          onClick={restart}
          className="mt-5 min-h-11 font-medium text-brand underline underline-offset-4"
        >
          {said.restart}
        </button>
      </div>
    )
  }

  const sending = state.name === 'sending'
  const problem = state.name === 'invalid' ? words.problems[state.problem] : undefined
  return (
    <form method="post" action={action} onSubmit={submit} noValidate>
      <h2 className="text-2xl font-bold tracking-tight">{words.title}</h2>
      <p className="mt-1 text-soft">{words.text}</p>

      <label htmlFor="phone" className="mt-5 block font-medium">
        {words.label}
      </label>
      <input
        ref={field}
        id="phone"
        name="phone"
        type="tel"
        inputMode="tel"
        autoComplete="tel"
        required
        dir="ltr"
        maxLength={40}
        placeholder={words.placeholder}
        value={state.phone}
        onChange={(event) => dispatch({ type: 'typed', phone: event.target.value })}
        readOnly={sending}
        aria-invalid={problem ? true : undefined}
        aria-describedby="phone-problem phone-hint"
        className="mt-1.5 block min-h-13 w-full rounded-xl border border-field bg-page px-4 text-lg tabular-nums placeholder:text-soft/85 aria-invalid:border-2 aria-invalid:border-danger read-only:text-soft"
      />
      <p id="phone-problem" role="alert" className="text-danger">
        {problem && (
          <span className="mt-2 flex gap-2 font-medium">
            <CircleAlert aria-hidden size={20} className="mt-0.5 shrink-0" />
            {problem}
          </span>
        )}
      </p>
      <p id="phone-hint" className="mt-1.5 text-sm text-soft">
        {words.hint}
      </p>

      <div role="status" aria-live="polite">
        <Delay state={state} words={words} />
        {sending && <span className="sr-only">{words.sending}</span>}
      </div>

      <Button
        type="submit"
        aria-disabled={sending}
        className="mt-4 w-full text-lg aria-disabled:cursor-progress"
      >
        <SubmitLabel state={state} words={words} />
      </Button>

      <p className="mt-3 flex gap-2 text-sm text-soft">
        <Lock aria-hidden size={16} className="mt-0.5 shrink-0" />
        <span>
          {words.privacy}{' '}
          <a href={`#${words.privacyLink.target}`} className="text-brand underline underline-offset-2">
            {words.privacyLink.label}
          </a>
        </span>
      </p>
    </form>
  )
}

type PieceProps = Readonly<{ state: FormState; words: FormWords }>

function SubmitLabel({ state, words }: PieceProps) {
  if (state.name === 'sending')
    return (
      <>
        <LoaderCircle aria-hidden size={20} className="motion-safe:animate-spin" />
        {words.sending}
      </>
    )
  return (
    <>
      <PhoneCall aria-hidden size={20} />
      {state.name === 'kept' || state.name === 'failed' ? words.retry : words.submit}
    </>
  )
}

/** Says truthfully that a submission is not through yet, and what happens next. */
function Delay({ state, words }: PieceProps) {
  if (state.name !== 'kept' && state.name !== 'failed') return null
  const failed = state.name === 'failed'
  const Icon = failed ? CircleAlert : Clock
  return (
    <div
      className={`mt-4 flex gap-2.5 rounded-xl p-3.5 ${failed ? 'bg-danger-tint text-danger' : 'bg-notice-tint text-notice'}`}
    >
      <Icon aria-hidden size={20} className="mt-0.5 shrink-0" />
      <p>
        <strong className="font-semibold">{words.obstacles[state.obstacle]}</strong> {nextStep(state, words)}
      </p>
    </div>
  )
}

function nextStep(state: Extract<FormState, { name: 'kept' | 'failed' }>, words: FormWords): string {
  if (state.name === 'failed') return words.failed
  if (state.obstacle === 'offline') return words.keptOffline
  return state.waitMs <= 15_000 ? words.keptSoon : words.keptLater
}

import CircleAlert from 'lucide-react/icons/circle-alert'
import CircleCheck from 'lucide-react/icons/circle-check'
import Clock from 'lucide-react/icons/clock'
import LoaderCircle from 'lucide-react/icons/loader-circle'
import Lock from 'lucide-react/icons/lock'
import PhoneCall from 'lucide-react/icons/phone-call'
import { type FormEvent, useEffect, useReducer, useRef } from 'react'
import { newKey } from '../../api/leads.ts'
import type { Outbox } from '../../outbox/outbox.ts'
import { Button } from '../../ui/button.tsx'
import { useEffectBeforePaint } from '../../ui/use-effect-before-paint.ts'
import type { PageFlags } from '../page-flags.ts'
import { Consent } from './consent.tsx'
import type { Draft } from './draft.ts'
import { type FormState, firstState, isSamePhone, nextState } from './form-state.ts'
import type { FormWords } from './form-words.ts'
import { Honeypot, honeypotName } from './honeypot.tsx'
import { checkPhone } from './phone.ts'
import { PhoneInput } from './phone-input.tsx'

/** What the form has in the browser only. */
export type FormDeps = Readonly<{
  outbox: Outbox
  draft: Draft
  /** What this page view knows of itself, such as its campaign and its variant. */
  fields: Readonly<Record<string, unknown>>
}>

type LeadFormProps = Readonly<{
  words: FormWords
  consentVersion: string
  language: string
  flags: PageFlags
  /** The word of the page, such as `hero.a`, for a post without JavaScript. */
  variant: string
  /** Where a post without JavaScript goes. */
  action: string
  first?: FormState
  deps?: FormDeps
}>

const empty = firstState('')

/** The phone form and all that can become of it. */
export function LeadForm({
  words,
  consentVersion,
  language,
  flags,
  variant,
  action,
  first = empty,
  deps,
}: LeadFormProps) {
  const [state, dispatch] = useReducer(nextState, first)
  const form = useRef<HTMLFormElement>(null)
  const field = useRef<HTMLInputElement>(null)
  const consent = useRef<HTMLInputElement>(null)
  const answer = useRef<HTMLHeadingElement>(null)

  useEffect(() => {
    if (!deps) return
    const { outbox, draft } = deps
    // What was typed or filled in before this code ran is in the field only.
    const typed = field.current?.value || (first.name === 'idle' ? draft.read() : '')
    const stopWatching = outbox.watch((key, news) => dispatch({ type: 'heard', key, news }))
    const found = outbox.open((submission) => typed !== '' && !isSamePhone(typed, submission.phone))
    if (found) dispatch({ type: 'found', ...found, draft: found.isHeld ? typed : undefined })
    else if (typed) dispatch({ type: 'typed', phone: typed })
    return stopWatching
  }, [deps, first])

  // Before the browser paints: what was tapped is on the device by the time anything moves.
  useEffectBeforePaint(() => {
    if (state.name === 'sending' && state.isAsked) {
      if (state.replaces) deps?.outbox.replace(state.replaces)
      deps?.outbox.submit(state.sent)
    } else if (state.name === 'idle' && state.sent) deps?.outbox.hold(state.sent.key)
  }, [state, deps])

  useEffect(() => {
    if (state.name === 'sending') return
    const isElsewhere = state.name === 'kept' && state.onDevice
    deps?.draft.write('phone' in state && !isElsewhere ? state.phone : '')
  }, [state, deps])

  const problem = state.name === 'invalid' ? state.problem : undefined
  useEffect(() => {
    if (problem) (problem === 'consent_required' ? consent : field).current?.focus()
  }, [problem])
  useEffect(() => {
    if (state.name === 'thanks' || state.name === 'duplicate') answer.current?.focus()
  }, [state.name])
  useEffect(() => {
    // Until this code runs, and without it, the browser itself asks for what is missing.
    if (form.current) form.current.noValidate = true
  })

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const filled = new FormData(event.currentTarget)
    const check = checkPhone('phone' in state ? state.phone : '')
    const onItsWay = check.ok ? deps?.outbox.onItsWay(check.phone) : undefined
    dispatch({
      type: 'submitted',
      key: onItsWay ?? newKey(),
      lacksConsent: flags.consent_checkbox && !filled.get('consent'),
      fields: {
        ...deps?.fields,
        language,
        consent: filled.get('consent') ?? undefined,
        [honeypotName]: filled.get(honeypotName) || undefined,
        elapsed_ms: Math.round(performance.now()),
      },
    })
  }

  const restart = () => {
    dispatch({ type: 'restarted' })
    requestAnimationFrame(() => field.current?.focus())
  }

  if (state.name === 'thanks' || state.name === 'duplicate') {
    const said = words[state.name]
    return (
      <div data-answered>
        <CircleCheck aria-hidden size={44} className="text-brand" />
        <h2 ref={answer} tabIndex={-1} className="mt-3 text-2xl font-bold tracking-tight outline-none">
          {said.title}
        </h2>
        <p className="mt-2 text-soft">{said.text}</p>
        <ul className="mt-4 list-disc space-y-1 ps-5 text-soft">
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
  const phoneProblem = problem && problem !== 'consent_required' ? words.problems[problem] : undefined
  return (
    <form ref={form} method="post" action={action} onSubmit={submit}>
      <h2 className="text-2xl font-bold tracking-tight">{words.title}</h2>
      <p className="mt-1 text-soft">{words.text}</p>

      <label htmlFor="phone" className="mt-5 block font-medium">
        {words.label}
      </label>
      <PhoneInput
        field={field}
        value={state.phone}
        onType={(phone) => dispatch({ type: 'typed', phone })}
        placeholder={words.placeholder}
        readOnly={sending}
        invalid={phoneProblem !== undefined}
        describedBy="phone-problem phone-hint"
      />
      <Complaint id="phone-problem" text={phoneProblem} />
      <p id="phone-hint" className="mt-1.5 text-sm text-soft">
        {words.hint}
      </p>
      <Honeypot label={words.honeypot} />
      <input type="hidden" name="language" value={language} />
      <input type="hidden" name="variant" value={variant} />

      {flags.consent_checkbox && (
        <>
          <Consent
            box={consent}
            text={words.consent}
            version={consentVersion}
            invalid={problem === 'consent_required'}
            onTick={() => dispatch({ type: 'ticked' })}
          />
          <Complaint
            id="consent-problem"
            text={problem === 'consent_required' ? words.problems.consent_required : undefined}
          />
        </>
      )}

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
          <a href="#privacy" className="inline-block text-brand underline underline-offset-2">
            {words.privacyLink}
          </a>
        </span>
      </p>
    </form>
  )
}

/** Says beside a field what is wrong with it, and has it read out. */
function Complaint({ id, text }: Readonly<{ id: string; text: string | undefined }>) {
  return (
    <p id={id} role="alert" className="text-danger">
      {text && (
        <span className="mt-2 flex gap-2 font-medium">
          <CircleAlert aria-hidden size={20} className="mt-0.5 shrink-0" />
          {text}
        </span>
      )}
    </p>
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
        <strong className="font-semibold">{words.obstacles[failed ? state.obstacle : state.setback]}</strong>{' '}
        {failed ? words.failed : nextStep(state, words)}
      </p>
    </div>
  )
}

function nextStep(
  { setback, waitMs, onDevice }: Extract<FormState, { name: 'kept' }>,
  words: FormWords,
): string {
  const step = words.kept[onDevice ? 'onDevice' : 'inPage']
  if (setback === 'offline') return step.offline
  return waitMs <= 20_000 ? step.soon : step.later
}

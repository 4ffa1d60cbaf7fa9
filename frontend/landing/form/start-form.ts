import { newKey } from '../../api/key.ts'
import type { Outbox } from '../../outbox/outbox.ts'
import { spare } from '../../spare.ts'
import type { IslandProps } from '../island-props.ts'
import type { Draft } from './draft.ts'
import { type FormEvent, type FormState, isOutdated, isSamePhone, nextState } from './form-state.ts'
import { honeypotName } from './honeypot.tsx'
import { describe, partIds, parts } from './parts.ts'
import { checkPhone } from './phone.ts'
import { formatPhone } from './phone-field.ts'
import type { PhonePlan } from './phone-plan.ts'
import type { Memory } from './told.ts'
import { formatTyped } from './typing.ts'
import { createView } from './view.tsx'

export type FormDeps = Readonly<{
  outbox: Outbox
  draft: Draft
  memory: Memory
  /** The number that the address has brought, which is not in it any more; empty: none. */
  takePrefill: () => string
  /** What this page view knows of itself, such as its campaign and its variant. */
  fields: Readonly<Record<string, unknown>>
  /** What it was told of the numbers of its visitors' country. */
  phonePlan?: PhonePlan
}>

/**
 * Takes the form over from the browser: what is submitted goes through the outbox, and what becomes of it is said on the
 * page. It listens to the whole window and looks for the form's parts when it needs them. What the field holds is the
 * truth, whoever wrote it and whether they told. Where any of this fails, the browser posts the form as without a script.
 */
export function startForm(deps: FormDeps, island: IslandProps['lead-form'], first: FormState): void {
  const { outbox, draft, memory } = deps
  const show = createView(island)
  const events: FormEvent[] = []
  let state = first
  let isBusy = false
  let isLeft = false
  /** What the field held when it was last looked at. */
  let seen = parts.phone()?.value ?? ''

  function tell(event: FormEvent): void {
    events.push(event)
    if (isBusy) return
    isBusy = true
    try {
      for (let next = events.shift(); next; next = events.shift()) step(next)
    } finally {
      isBusy = false
    }
  }

  function step(event: FormEvent): void {
    const before = state
    const phone = parts.phone()
    if (phone) {
      seen = phone.value
      state = nextState(state, { type: 'typed', phone: seen })
    }
    state = nextState(state, event)
    if (state !== before) become(event)
  }

  function become(event: FormEvent): void {
    // First of all: what was tapped is on the device by the time anything moves.
    if (state.name === 'sending' && state.isAsked) {
      if (state.replaces) outbox.replace(state.replaces)
      outbox.submit(state.sent)
    } else if (state.name === 'idle' && state.sent) outbox.hold(state.sent.key)
    write('phone' in state ? state.phone : '')
    show(state)
    if (event.type !== 'typed' && event.type !== 'remembered') focus()
    if (event.type === 'restarted') memory.forget()
    else if (event.type === 'heard' || event.type === 'found') {
      const told = 'told' in state ? state.told : 'was' in state ? state.was : undefined
      if (told) memory.write(told)
    }
    if (state.name === 'sending') return
    const isKept = state.name === 'kept' && state.onDevice
    draft.write('phone' in state && !isKept ? state.phone : '')
  }

  /** Never over what came into the field meanwhile. */
  function write(phone: string): void {
    const field = parts.phone()
    if (!field || field.value !== seen || phone === seen) return
    field.value = phone
    seen = phone
  }

  function focus(): void {
    if (state.name === 'invalid')
      (state.problem === 'consent_required' ? parts.consent() : parts.phone())?.focus()
    else if (state.name === 'thanks' || state.name === 'duplicate')
      parts.spot('answer')?.querySelector('h2')?.focus()
  }

  function submit(form: HTMLFormElement): void {
    const check = checkPhone(parts.phone()?.value ?? '', deps.phonePlan)
    const consent = parts.consent()
    tell({
      type: 'submitted',
      key: (check.ok && outbox.onItsWay(check.phone)) || newKey(),
      lacksConsent: consent?.checked === false,
      plan: deps.phonePlan,
      fields: {
        ...deps.fields,
        language: island.language,
        consent: consent?.checked ? consent.value : undefined,
        [honeypotName]: new FormData(form).get(honeypotName) || undefined,
        elapsed_ms: spare(() => Math.round(performance.now()), undefined),
      },
    })
  }

  /** Leaves the form to the browser for good. */
  function letGo(): void {
    isLeft = true
    const form = parts.form()
    if (form) form.hidden = false
    const phone = parts.phone()
    if (phone) phone.readOnly = false
  }

  function safely<T extends unknown[]>(work: (...given: T) => void): (...given: T) => void {
    return (...given) => {
      if (isLeft) return
      try {
        work(...given)
      } catch {
        letGo()
      }
    }
  }

  // Before anybody else, who could keep it to themselves.
  const listen = (type: string, hear: (event: Event) => void) =>
    window.addEventListener(type, safely(hear), true)

  const hearTyping = (event: Event) => {
    const phone = parts.phone()
    if (phone && event.target === phone) {
      formatTyped(phone, seen, event as InputEvent)
      tell({ type: 'typed', phone: phone.value })
    } else if (event.target === parts.consent()) tell({ type: 'ticked' })
  }
  for (const type of ['input', 'change', 'compositionend']) listen(type, hearTyping)
  listen('submit', (event) => {
    const form = event.target as HTMLFormElement
    if (form.id !== partIds.form) return
    tell({ type: 'typed', phone: parts.phone()?.value ?? '' })
    if (isOutdated(state)) location.reload()
    else submit(form)
    event.preventDefault()
  })
  listen('click', ({ target }) => {
    const does = (target as Element).closest?.<HTMLElement>('[data-form-does]')?.dataset.formDoes
    if (!does) return
    tell({ type: does === 'change' ? 'changing' : 'restarted' })
    parts.phone()?.focus()
  })
  listen('blur', ({ target }) => {
    if (target === parts.phone() && parts.spot('phoneProblem')?.hasChildNodes()) describe('phone', true)
    if (target === parts.consent() && parts.spot('consentProblem')?.hasChildNodes()) describe('consent', true)
  })
  const fillIn = (number: string) => {
    if (number) tell({ type: 'typed', phone: formatPhone(number) })
  }
  // A link to a page that is open already.
  listen('hashchange', () => {
    const number = deps.takePrefill()
    if (parts.phone()?.value === '') fillIn(number)
  })
  outbox.watch(safely((key, news) => tell({ type: 'heard', key, news })))

  // What was typed or filled in before this code ran is in the field only.
  const typed = seen || (first.name === 'idle' ? draft.read() : '')
  const found = outbox.open(({ phone }) => typed !== '' && !isSamePhone(typed, phone))
  if (first.name !== 'idle') {
    show(first)
    focus()
  }
  if (found) tell({ type: 'found', ...found, draft: found.isHeld ? typed : undefined })
  else if (typed) tell({ type: 'typed', phone: typed })
  const told = first.name === 'idle' ? memory.read() : undefined
  const prefill = deps.takePrefill()
  if (told && !found) tell({ type: 'remembered', told })
  else if (!found && !typed) fillIn(prefill)
  // Until now, and without this code, the browser itself asks for what is missing.
  const form = parts.form()
  if (form) form.noValidate = true
}

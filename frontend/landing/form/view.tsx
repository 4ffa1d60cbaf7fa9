import type { ReactElement } from 'react'
import { spare } from '../../spare.ts'
import type { IslandProps } from '../island-props.ts'
import { drawn } from './drawn.ts'
import { type FormState, isOutdated } from './form-state.ts'
import type { FormWords } from './form-words.ts'
import { describe, parts, type Spot } from './parts.ts'
import type { OddLength } from './phone-plan.ts'
import { Answer, Complaint, Delay, Doubt, SubmitLabel } from './sayings.tsx'

/** Brings the page to a state of the form: by attributes, and by what is said in the spots. */
export function createView({ words, call, language }: IslandProps['lead-form']): (state: FormState) => void {
  const said = new Map<Spot, string>([['label', 'submit']])

  let isFirst = true

  /** Says what `key` stands for, unless it stands there; with an empty key, nothing. */
  function say(name: Spot, key: string, what: () => ReactElement): void {
    const spot = parts.spot(name)
    // Others may have emptied it, or written it anew.
    if (!spot || (said.get(name) === key && spot.hasChildNodes() === (key !== ''))) return
    said.set(name, key)
    // The API has written it, and it was heard with the page.
    if (isFirst && key !== '' && name !== 'label' && spot.hasChildNodes()) return
    if (name === 'phoneProblem') {
      describe('phone', false)
      if (key === '') spot.setAttribute('role', 'alert')
    }
    if (name === 'consentProblem') describe('consent', false)
    spot.replaceChildren(...(key === '' ? [] : [drawn(what())]))
  }

  return (state) => {
    const problem = state.name === 'invalid' ? state.problem : undefined
    const isConsent = problem === 'consent_required'
    const isSending = state.name === 'sending'
    const answer = state.name === 'thanks' || state.name === 'duplicate' ? state : undefined
    const delay = delayOf(state, words)
    const odd = state.name === 'odd' ? state.odd : undefined
    const label = isSending ? 'sending' : delay ? delay.label : odd ? 'sendAnyway' : 'submit'

    const phone = parts.phone()
    if (phone) phone.readOnly = isSending
    phone?.setAttribute('aria-invalid', String(problem !== undefined && !isConsent))
    parts.consent()?.setAttribute('aria-invalid', String(isConsent))
    parts.button()?.setAttribute('aria-disabled', String(isSending))
    const complain = (text: string) => () => <Complaint text={text} call={call} />
    if (odd) say('phoneProblem', `odd ${odd.has}`, () => <Doubt text={doubtOf(odd, words, language)} />)
    else say('phoneProblem', isConsent ? '' : (problem ?? ''), complain(words.problems[problem!]))
    if (parts.consent()) say('consentProblem', isConsent ? problem : '', complain(words.problems[problem!]))
    say('label', label, () => <SubmitLabel name={label} words={words} />)
    // What is sent by itself, again and again, is not told each time: what was said of it stays.
    if (isSending && state.isAsked)
      say('delay', 'sending', () => <span className="sr-only">{words.sending}</span>)
    else if (!isSending)
      say('delay', delay ? delay.what + delay.next : '', () => (
        <Delay failed={delay!.failed} what={delay!.what} next={delay!.next} call={call} />
      ))
    const answerKey = answer ? answer.name + (answer.told?.shown ?? '') : ''
    say('answer', answerKey, () => <Answer {...answer!} words={words} call={call} />)
    const form = parts.form()
    if (form) form.hidden = answer !== undefined
    isFirst = false
  }
}

function doubtOf({ has, should }: OddLength, words: FormWords, language: string): string {
  const figures = (number: number) => spare(() => number.toLocaleString(language), String(number))
  const either = should.map(figures)
  const list = () => new Intl.ListFormat(language, { type: 'disjunction' }).format(either)
  return words.odd.replace('{should}', spare(list, either.join(' / '))).replace('{has}', figures(has))
}

function delayOf(state: FormState, words: FormWords) {
  if (state.name === 'failed')
    return {
      label: 'retry',
      failed: true,
      what: words.obstacles[state.obstacle],
      next: words.failed,
    } as const
  if (state.name !== 'kept') return undefined
  const label = isOutdated(state) ? 'reload' : 'retry'
  return { label, failed: false, what: words.obstacles[state.setback], next: nextStep(state, words) } as const
}

function nextStep(
  { setback, waitMs, onDevice }: Extract<FormState, { name: 'kept' }>,
  words: FormWords,
): string {
  if (setback === 'outdated') return words.outdated
  const step = words.kept[onDevice ? 'onDevice' : 'inPage']
  if (setback === 'offline') return step.offline
  return waitMs <= 20_000 ? step.soon : step.later
}

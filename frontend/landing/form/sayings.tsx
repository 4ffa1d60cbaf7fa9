import CircleAlert from 'lucide-react/icons/circle-alert'
import CircleCheck from 'lucide-react/icons/circle-check'
import Clock from 'lucide-react/icons/clock'
import LoaderCircle from 'lucide-react/icons/loader-circle'
import type { Call } from '../island-props.ts'
import type { FormWords } from './form-words.ts'
import type { Told } from './told.ts'
import { WithCall } from './with-call.tsx'

/** What is wrong with a field, said beside it. */
export function Complaint(said: Readonly<{ text: string; call: Call }>) {
  return (
    <p className="mt-2 flex gap-2 font-medium">
      <CircleAlert aria-hidden size={20} className="mt-0.5 shrink-0" />
      <span>
        <WithCall {...said} />
      </span>
    </p>
  )
}

/** Asks whether a number is meant as it is. */
export function Doubt({ text }: Readonly<{ text: string }>) {
  return (
    <p className="mt-2 mb-3 flex gap-2.5 rounded-xl bg-notice-tint p-3.5 text-notice">
      <CircleAlert aria-hidden size={20} className="mt-0.5 shrink-0" />
      <span>{text}</span>
    </p>
  )
}

export type LabelName = 'submit' | 'sending' | 'retry' | 'reload' | 'sendAnyway'

export function SubmitLabel({ name, words }: Readonly<{ name: LabelName; words: FormWords }>) {
  return (
    <>
      {name === 'sending' && <LoaderCircle aria-hidden size={20} className="motion-safe:animate-spin" />}
      <span>{words[name]}</span>
    </>
  )
}

type DelayProps = Readonly<{ failed: boolean; what: string; next: string; call: Call }>

/** Says truthfully that a submission is not through yet, and what happens next. */
export function Delay({ failed, what, next, call }: DelayProps) {
  const Icon = failed ? CircleAlert : Clock
  return (
    <div
      className={`mt-4 flex gap-2.5 rounded-xl p-3.5 ${failed ? 'bg-danger-tint text-danger' : 'bg-notice-tint text-notice'}`}
    >
      <Icon aria-hidden size={20} className="mt-0.5 shrink-0" />
      <p>
        <strong className="font-semibold">
          <WithCall text={what} call={call} />
        </strong>{' '}
        <span>
          <WithCall text={next} call={call} />
        </span>
      </p>
    </div>
  )
}

type AnswerProps = Readonly<{ name: Told['name']; told?: Told; words: FormWords; call: Call }>

/** The number is kept, or was before. */
export function Answer({ name, told, words, call }: AnswerProps) {
  const { title, text, next, restart } = words[name]
  return (
    <div data-answered>
      <CircleCheck aria-hidden size={44} className="text-brand" />
      <h2 tabIndex={-1} className="mt-3 text-2xl font-bold tracking-tight outline-none">
        {title}
      </h2>
      {told && <Calling shown={told.shown} words={words} />}
      <p className="mt-2 text-soft">
        <WithCall text={text} call={call} />
      </p>
      <ul className="mt-4 list-disc space-y-1 ps-5 text-soft">
        {next.map((line) => (
          <li key={line}>
            <WithCall text={line} call={call} />
          </li>
        ))}
      </ul>
      <button type="button" {...does('restart')} className={`mt-5 ${action}`}>
        {restart}
      </button>
    </div>
  )
}

/** Which number is rung, for whoever mistyped it to see. */
function Calling({ shown, words }: Readonly<{ shown: string; words: FormWords }>) {
  const [before, after] = words.calling.split('{number}')
  return (
    <p className="mt-2 flex flex-wrap items-center gap-x-4">
      <span className="font-semibold">
        {before}
        <bdi dir="ltr" className="whitespace-nowrap tabular-nums">
          {shown}
        </bdi>
        {after}
      </span>
      <button type="button" {...does('change')} className={action}>
        {words.change}
      </button>
    </p>
  )
}

const action = 'min-h-11 font-medium text-brand underline underline-offset-4'

/** What a tap on it does; `start-form.ts` hears of it. */
const does = (what: 'change' | 'restart') => ({ 'data-form-does': what })

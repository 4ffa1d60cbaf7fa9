import CircleAlert from 'lucide-react/icons/circle-alert'
import CircleCheck from 'lucide-react/icons/circle-check'
import Clock from 'lucide-react/icons/clock'
import LoaderCircle from 'lucide-react/icons/loader-circle'
import type { FormWords } from './form-words.ts'

/** What is wrong with a field, said beside it. */
export function Complaint({ text }: Readonly<{ text: string }>) {
  return (
    <p className="mt-2 flex gap-2 font-medium">
      <CircleAlert aria-hidden size={20} className="mt-0.5 shrink-0" />
      <span>{text}</span>
    </p>
  )
}

export type LabelName = 'submit' | 'sending' | 'retry'

export function SubmitLabel({ name, words }: Readonly<{ name: LabelName; words: FormWords }>) {
  return (
    <>
      {name === 'sending' && <LoaderCircle aria-hidden size={20} className="motion-safe:animate-spin" />}
      <span>{words[name]}</span>
    </>
  )
}

/** Says truthfully that a submission is not through yet, and what happens next. */
export function Delay({ failed, what, next }: Readonly<{ failed: boolean; what: string; next: string }>) {
  const Icon = failed ? CircleAlert : Clock
  return (
    <div
      className={`mt-4 flex gap-2.5 rounded-xl p-3.5 ${failed ? 'bg-danger-tint text-danger' : 'bg-notice-tint text-notice'}`}
    >
      <Icon aria-hidden size={20} className="mt-0.5 shrink-0" />
      <p>
        <strong className="font-semibold">{what}</strong> <span>{next}</span>
      </p>
    </div>
  )
}

/** The number is kept, or was before. */
export function Answer({ name, words }: Readonly<{ name: 'thanks' | 'duplicate'; words: FormWords }>) {
  const { title, text, next, restart } = words[name]
  return (
    <div data-answered>
      <CircleCheck aria-hidden size={44} className="text-brand" />
      <h2 tabIndex={-1} className="mt-3 text-2xl font-bold tracking-tight outline-none">
        {title}
      </h2>
      <p className="mt-2 text-soft">{text}</p>
      <ul className="mt-4 list-disc space-y-1 ps-5 text-soft">
        {next.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
      <button
        type="button"
        data-form-does="restart"
        className="mt-5 min-h-11 font-medium text-brand underline underline-offset-4"
      >
        {restart}
      </button>
    </div>
  )
}

import type { RefObject } from 'react'
import type { FormWords } from '../../campaign/form-words/form-words.ts'

type ConsentProps = Readonly<{
  box: RefObject<HTMLInputElement>
  words: FormWords['consent']
  invalid: boolean
  onTick: () => void
}>

/** Asks for consent; what goes out is the version of the text that was agreed to. */
export function Consent({ box, words, invalid, onTick }: ConsentProps) {
  return (
    <label className="mt-4 flex cursor-pointer gap-3">
      <input
        ref={box}
        type="checkbox"
        name="consent"
        value={words.version}
        required
        onChange={onTick}
        aria-invalid={invalid || undefined}
        aria-describedby="consent-problem"
        className="mt-0.5 size-6 shrink-0 accent-brand aria-invalid:outline-2 aria-invalid:outline-danger"
      />
      <span>{words.text}</span>
    </label>
  )
}

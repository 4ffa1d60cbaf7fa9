import type { RefObject } from 'react'

type ConsentProps = Readonly<{
  box: RefObject<HTMLInputElement>
  text: string
  version: string
  invalid: boolean
  onTick: () => void
}>

/** Asks for consent; what goes out is the version of the text that was agreed to. */
export function Consent({ box, text, version, invalid, onTick }: ConsentProps) {
  return (
    <label className="mt-4 flex cursor-pointer gap-3">
      <input
        ref={box}
        type="checkbox"
        name="consent"
        value={version}
        required
        onChange={onTick}
        aria-invalid={invalid || undefined}
        aria-describedby="consent-problem"
        className="mt-0.5 size-6 shrink-0 accent-brand aria-invalid:outline-2 aria-invalid:outline-danger"
      />
      <span>{text}</span>
    </label>
  )
}

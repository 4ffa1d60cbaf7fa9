import { type ChangeEvent, type CompositionEvent, type RefObject, useRef } from 'react'
import { useEffectBeforePaint } from '../../ui/use-effect-before-paint.ts'
import { editPhone } from './phone-field.ts'

type PhoneInputProps = Readonly<{
  field: RefObject<HTMLInputElement>
  value: string
  onType: (phone: string) => void
  placeholder: string
  readOnly: boolean
  invalid: boolean
  describedBy: string
}>

/** One field for the whole number, in groups as it is typed. It runs left to right in every language. */
export function PhoneInput({
  field,
  value,
  onType,
  placeholder,
  readOnly,
  invalid,
  describedBy,
}: PhoneInputProps) {
  const caret = useRef<number>()

  useEffectBeforePaint(() => {
    // Whoever sets the value of a field sends its caret to the end.
    if (caret.current !== undefined && field.current === document.activeElement)
      field.current?.setSelectionRange(caret.current, caret.current)
    caret.current = undefined
  })

  const edit = ({ target, nativeEvent }: ChangeEvent<HTMLInputElement>) => {
    const { inputType = '', isComposing } = nativeEvent as InputEvent
    const text = target.value
    // A keyboard that is still composing would lose its place.
    if (isComposing) return onType(text)
    const shown = editPhone(value, {
      text,
      caret: target.selectionStart ?? text.length,
      deleted: inputType.endsWith('ContentBackward')
        ? 'backward'
        : inputType.endsWith('ContentForward')
          ? 'forward'
          : undefined,
    })
    if (shown.text !== text) caret.current = shown.caret
    onType(shown.text)
  }

  const composed = ({ currentTarget }: CompositionEvent<HTMLInputElement>) => {
    const text = currentTarget.value
    const shown = editPhone(text, { text, caret: currentTarget.selectionStart ?? text.length })
    if (shown.text === text) return
    caret.current = shown.caret
    onType(shown.text)
  }

  return (
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
      placeholder={placeholder}
      value={value}
      onChange={edit}
      onCompositionEnd={composed}
      readOnly={readOnly}
      aria-invalid={invalid || undefined}
      aria-describedby={describedBy}
      className="mt-1.5 block min-h-13 w-full rounded-xl border border-field bg-page px-4 text-lg tabular-nums placeholder:text-soft/85 rtl:text-end aria-invalid:border-2 aria-invalid:border-danger read-only:text-soft"
    />
  )
}

import { Field } from '../ui/desk/field.tsx'
import { useWords } from './look.tsx'

/** A code of the second factor: six figures of the device, or a recovery code. */
export function CodeField({
  value,
  onValue,
  fault,
  isFirst = false,
  fromDevice = false,
}: Readonly<{
  value: string
  onValue(value: string): void
  fault?: string | undefined
  /** It is what is asked for now. */
  isFirst?: boolean
  /** Nothing but what the device shows will do. */
  fromDevice?: boolean
}>) {
  const words = useWords()
  return (
    <Field
      label={words.factor.code}
      hint={fromDevice ? words.factor.codeFromDevice : words.factor.codeHint}
      fault={fault}
      dir="ltr"
      autoComplete="one-time-code"
      autoCapitalize="none"
      spellCheck={false}
      inputMode={fromDevice ? 'numeric' : 'text'}
      maxLength={64}
      required
      autoFocus={isFirst}
      value={value}
      onChange={({ target }) => onValue(target.value)}
    />
  )
}

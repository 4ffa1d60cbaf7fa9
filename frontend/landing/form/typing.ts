import { editPhone } from './phone-field.ts'

/** Writes the number in groups while it is typed; `before` is what the field showed. */
export function formatTyped(
  field: HTMLInputElement,
  before: string,
  { inputType, isComposing }: InputEvent,
): void {
  // A keyboard that is still composing would lose its place.
  if (isComposing) return
  const text = field.value
  const caret = field.selectionStart ?? text.length
  const shown = editPhone(before, { text, caret, deleted: deletedBy(inputType) })
  if (shown.text === text) return
  field.value = shown.text
  // Whoever sets the value of a field sends its caret to the end.
  if (field === document.activeElement) field.setSelectionRange(shown.caret, shown.caret)
}

// Events that are not a keyboard's own have no type.
function deletedBy(inputType = ''): 'backward' | 'forward' | undefined {
  if (inputType.endsWith('ContentBackward')) return 'backward'
  return inputType.endsWith('ContentForward') ? 'forward' : undefined
}

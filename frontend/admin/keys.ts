import { useEffect, useRef } from 'react'

type Pressed = Pick<KeyboardEvent, 'key' | 'code'>

/**
 * The name of a key that was pressed. On a Persian keyboard the same keys write other letters and figures, and its question mark
 * is another one; on a French one figures are written with the shift key.
 */
export function keyName({ key, code }: Pressed): string {
  const typed = key.toLowerCase()
  if (/^[a-z0-9]$/.test(typed)) return typed
  if (typed === '؟') return '?'
  const [, letter, digit] = /^(?:Key([A-Z])|(?:Digit|Numpad)([0-9]))$/.exec(code) ?? []
  const isWritten = typed.length === 1
  return (isWritten && (letter?.toLowerCase() ?? digit)) || typed
}

// Who holds one of these down wants to get somewhere; any other is meant once.
const steps: ReadonlySet<string> = new Set(['j', 'k', 'arrowdown', 'arrowup'])

/** Does something at a key that is pressed where nobody is typing, and nothing stands before the screen. */
export function useKeys(keys: Readonly<Record<string, () => void>>): void {
  const current = useRef(keys)
  current.current = keys
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return
      const { target } = event
      const isTyping =
        target instanceof HTMLElement &&
        (target.isContentEditable || /^(?:INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
      const name = keyName(event)
      const act = isTyping || document.querySelector('dialog[open]') ? undefined : current.current[name]
      if (!act) return
      event.preventDefault()
      if (!event.repeat || steps.has(name)) act()
    }
    addEventListener('keydown', press)
    return () => removeEventListener('keydown', press)
  }, [])
}

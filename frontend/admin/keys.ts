import { useEffect, useRef } from 'react'

/** Does something at a key that is pressed where nobody is typing. */
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
      // On a Persian keyboard the same keys write other letters.
      const isLetter = /^Key[A-Z]$/.test(event.code)
      const name = isLetter ? event.code.slice(3).toLowerCase() : event.key.toLowerCase()
      const act = isTyping ? undefined : current.current[name]
      if (!act) return
      event.preventDefault()
      act()
    }
    addEventListener('keydown', press)
    return () => removeEventListener('keydown', press)
  }, [])
}

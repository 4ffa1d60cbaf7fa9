import type { ReactElement } from 'react'
import { flushSync } from 'react-dom'
import { createRoot } from 'react-dom/client'

/**
 * Nodes of what React draws, each time new. React never finds again what it drew before, so nothing that others do to
 * nodes in the page can make it fail; what it drew is replaced as a whole.
 */
export function drawn(what: ReactElement): DocumentFragment {
  const fragment = document.createDocumentFragment()
  flushSync(() => createRoot(fragment).render(what))
  return fragment
}

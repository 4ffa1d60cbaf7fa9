/** What the browser keeps for this page; undefined where it keeps nothing, and merely asking is refused. */
export function storageOf(name: 'localStorage' | 'sessionStorage'): Storage | undefined {
  try {
    return window[name] ?? undefined
  } catch {
    return undefined
  }
}

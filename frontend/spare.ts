/** Does what the page can do without: where a browser lacks something for it, or refuses it, the page goes on. */
export function spare<T>(work: () => T, otherwise: T): T {
  try {
    return work()
  } catch {
    return otherwise
  }
}

/** `localStorage` in memory, for tests; `items` is what it holds. */
export function storageInMemory(items = new Map<string, string>()) {
  return {
    items,
    get length() {
      return items.size
    },
    key: (at: number) => [...items.keys()][at] ?? null,
    getItem: (name: string) => items.get(name) ?? null,
    removeItem: (name: string) => void items.delete(name),
    setItem: (name: string, value: string) => void items.set(name, value),
  }
}

/** What is typed and not sent: it survives a reload of this tab, and nothing else. */
export type Draft = Readonly<{ read(): string; write(phone: string): void }>

const item = 'landfast.draft'

/** Keeps the draft in the storage of this tab, as far as the browser lets it; never throws on writing. */
export function createDraft(storage: Storage | undefined): Draft {
  return {
    read: () => storage?.getItem(item) ?? '',
    write(phone) {
      try {
        if (phone) storage?.setItem(item, phone)
        else storage?.removeItem(item)
      } catch {
        // A browser that keeps nothing: the field itself still has it.
      }
    },
  }
}

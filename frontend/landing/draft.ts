/** What is typed and not sent: it survives a reload of this tab, and nothing else. */
export type Draft = Readonly<{ read(): string; write(phone: string): void }>

const item = 'landfast.draft'

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

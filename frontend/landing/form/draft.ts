import type { Device } from '../../outbox/device.ts'

/** What is typed and not sent: it survives a reload of this tab, and nothing else. */
export type Draft = Readonly<{ read(): string; write(phone: string): void }>

const item = 'landfast.draft'

/** Keeps the draft in the storage of this tab, as far as the browser lets it: the field itself still has it. */
export function createDraft(tab: Device): Draft {
  return {
    read: () => tab.read(item) ?? '',
    write(phone) {
      if (phone) tab.write(item, phone)
      else tab.remove(item)
    },
  }
}

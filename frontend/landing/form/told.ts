import type { Device } from '../../outbox/device.ts'

/** What the visitor has been told of their number. */
export type Told = Readonly<{
  name: 'thanks' | 'duplicate'
  /** The number as they wrote it. */
  shown: string
  /** As it was sent, and the key it was sent with: who knows both may change it. */
  phone: string
  key: string
}>

/** What is remembered of it on this device, for some days. */
export type Memory = Readonly<{ read(): Told | undefined; write(told: Told): void; forget(): void }>

const item = 'landfast.told'
/** Long enough for a weekend between the promise to call and the call. */
export const toldForMs = 3 * 24 * 3_600_000

/** Keeps what the visitor was told, as far as the browser lets it. */
export function createMemory(device: Device, now: () => number): Memory {
  const forget = () => device.remove(item)
  return {
    read() {
      const told = parse(device.read(item))
      if (told && Math.abs(now() - told.atMs) <= toldForMs) return told
      if (told) forget()
      return undefined
    },
    write: ({ name, shown, phone, key }) =>
      void device.write(item, JSON.stringify({ name, shown, phone, key, atMs: now() })),
    forget,
  }
}

function parse(text: string | undefined): (Told & Readonly<{ atMs: number }>) | undefined {
  try {
    const told = JSON.parse(text ?? '')
    const isWhole =
      (told.name === 'thanks' || told.name === 'duplicate') &&
      [told.shown, told.phone, told.key].every((part) => typeof part === 'string') &&
      Number.isFinite(told.atMs)
    return isWhole ? told : undefined
  } catch {
    return undefined
  }
}

import { spare } from '../spare.ts'

/**
 * What the browser keeps for this page, as far as it does. Nothing of it throws: private windows, full disks, policies
 * and extensions make every one of these fail, each in its own way, and what cannot be kept is merely not kept.
 */
export type Device = Readonly<{
  read(name: string): string | undefined
  /** Whether it is kept. What was there before under this name is gone either way, as far as that can be had. */
  write(name: string, text: string): boolean
  remove(name: string): void
  names(): readonly string[]
}>

type Items = Pick<Storage, 'length' | 'key' | 'getItem' | 'setItem' | 'removeItem'>

// Whatever a broken store says of its length, the page does not hang.
const namesMax = 1_000

/** `items` is asked for anew each time, as a browser may refuse merely that, and from one moment to the next. */
export function deviceOf(items: () => Items | null | undefined): Device {
  const remove = (name: string) => spare(() => items()?.removeItem(name), undefined)
  return {
    read(name) {
      const text: unknown = spare(() => items()?.getItem(name), undefined)
      return typeof text === 'string' ? text : undefined
    },
    write(name, text) {
      const isWritten = spare(() => {
        const store = items()
        store?.setItem(name, text)
        return store?.getItem(name) === text
      }, false)
      // An older text would be believed.
      if (!isWritten) remove(name)
      return isWritten
    },
    remove,
    names: () => spare(() => namesIn(items()), []),
  }
}

function namesIn(items: Items | null | undefined): string[] {
  const found: string[] = []
  for (let at = 0; at < Math.min(items?.length ?? 0, namesMax); at++) {
    const name: unknown = items!.key(at)
    if (typeof name === 'string') found.push(name)
  }
  return found
}

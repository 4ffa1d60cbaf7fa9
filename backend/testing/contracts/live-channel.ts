import { describe, expect, test } from 'bun:test'
import type { LiveChannel } from '../../live/ports.ts'

/** What every channel between API processes promises. `make` gives one as so many new processes hold it. */
export function liveChannelContract(
  name: string,
  make: (reloads: readonly (() => Promise<number>)[]) => Promise<readonly [LiveChannel, ...LiveChannel[]]>,
) {
  const longMs = 10_000
  const shortMs = 50

  describe(`the live channel of ${name}`, () => {
    test('a change reaches every process, and is done when each has it in force', async () => {
      const inForce = [0, 0, 0]
      const reloads = inForce.map((_, index) => async () => {
        inForce[index] = 7
        return 7
      })
      const [one] = await make(reloads)
      expect(await one.announce(7, longMs)).toEqual({ listening: 3, following: 3 })
      expect(inForce).toEqual([7, 7, 7])
    })

    test('a process that could not follow, or has an older version, is not counted', async () => {
      const [one] = await make([
        async () => 7,
        async () => 6,
        async () => {
          throw new Error('the store is away')
        },
      ])
      expect(await one.announce(7, shortMs)).toEqual({ listening: 3, following: 1 })
    })

    test('changes told at once by different processes are counted apart', async () => {
      const [one, other] = await make([async () => 9, async () => 9])
      const answers = await Promise.all([one.announce(8, longMs), other!.announce(9, longMs)])
      expect(answers).toEqual([
        { listening: 2, following: 2 },
        { listening: 2, following: 2 },
      ])
    })
  })
}

import type { LeadLookup } from '../leads/ports.ts'
import type { Gate } from './gate.ts'
import type { RedisIntake } from './intake.ts'

/** The ways through Redis of all shards, as one. */
export type ShardedIntake = LeadLookup &
  Pick<Gate, 'isOpen' | 'start' | 'settled' | 'closedBecause' | 'refusal'> &
  Readonly<{
    /** What share of the shards takes leads through Redis, from 0 to 1. */
    share(): number
    stop(): Promise<void>
  }>

export function joinIntakes(intakes: readonly RedisIntake[]): ShardedIntake {
  const all = async (work: (intake: RedisIntake) => Promise<void>) => {
    await Promise.all(intakes.map(work))
  }
  return {
    isOpen: () => intakes.every((intake) => intake.isOpen()),
    share: () => intakes.filter((intake) => intake.isOpen()).length / intakes.length,
    start() {
      for (const intake of intakes) intake.start()
    },
    settled: (deadlineMs) => all((intake) => intake.settled(deadlineMs)),
    closedBecause() {
      const reasons = intakes.flatMap((intake) => intake.closedBecause() ?? [])
      const [first] = reasons
      return first && intakes.length > 1 ? `${reasons.length} of ${intakes.length} shards: ${first}` : first
    },
    refusal: () => ({
      unsafe: first(intakes, (intake) => intake.refusal().unsafe),
      foreign: first(intakes, (intake) => intake.refusal().foreign),
    }),
    /** An id does not tell its shard to whom does not have its seal, and each shard has its own. */
    async find(leadId) {
      const asked = await Promise.allSettled(intakes.map((intake) => intake.find(leadId)))
      const found = asked.find((answer) => answer.status === 'fulfilled' && answer.value !== undefined)
      if (found?.status === 'fulfilled') return found.value
      const failed = asked.find((answer) => answer.status === 'rejected')
      if (failed) throw failed.reason
      return undefined
    },
    stop: () => all((intake) => intake.stop()),
  }
}

function first<Item, Found>(
  items: readonly Item[],
  look: (item: Item) => Found | undefined,
): Found | undefined {
  for (const item of items) {
    const found = look(item)
    if (found !== undefined) return found
  }
  return undefined
}

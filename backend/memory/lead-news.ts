import type { LeadNews } from '../leads/news.ts'

/** News of leads in memory: the ids that were told of, as often as they were. */
export function createMemoryNews() {
  const told = { stored: [] as string[], storedBefore: [] as string[], quarantined: [] as string[] }
  return {
    told,
    stored: (leads) => void told.stored.push(...leads.map(({ id }) => id)),
    storedBefore: (leads) => void told.storedBefore.push(...leads.map(({ id }) => id)),
    quarantined: (lead) => void told.quarantined.push(lead.id),
  } satisfies LeadNews & Record<string, unknown>
}

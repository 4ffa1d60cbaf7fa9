import type { LeadState } from './leads.ts'
import type { Look } from './look.tsx'

/** What a receipt keeps of its view, one part a line. */
export function filterSaid(
  filter: Readonly<Record<string, unknown>>,
  { words: { leads, exports }, moment }: Pick<Look, 'words' | 'moment'>,
): readonly string[] {
  const said: Readonly<Record<string, (value: string) => string>> = {
    state: (state) => leads.states[state as LeadState] ?? state,
    suspect: (suspect) => `${suspect === 'true' ? '' : '≠ '}${leads.states.suspect}`,
    since: (since) => `${moment(since)} –`,
    until: (until) => exports.until(moment(until)),
    owner: () => leads.oneOwner,
    phoneKey: () => `${leads.phone} …`,
    lastDigits: () => `${leads.phone} …`,
    source: (source) => `${leads.source}: ${source}`,
    campaign: (campaign) => `${leads.campaign}: ${campaign}`,
    variant: (variant) => `${leads.variant}: ${variant}`,
    language: (language) => `${leads.language}: ${language}`,
  }
  return Object.entries(filter).map(([name, value]) => said[name]?.(String(value)) ?? `${name}: ${value}`)
}

import type { Attribution } from './attribution.ts'
import type { LeadDetails } from './details.ts'

/** Details as an earlier version laid them down in jobs and in quarantine: in three fields, side by side. */
export type OlderDetails = Readonly<{
  attribution?: Attribution
  variant?: string
  signals?: Omit<LeadDetails, 'attribution' | 'variant'>
}>

/** The details of a lead that an earlier version laid down, or undefined when it told nothing. */
export function detailsOfOlder({ attribution, variant, signals }: OlderDetails): LeadDetails | undefined {
  if (!attribution && !variant && !signals) return undefined
  return { ...(attribution && { attribution }), ...(variant && { variant }), ...signals }
}

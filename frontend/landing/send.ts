import { type LeadOutcome, submitLead } from '../api/leads.ts'
import { readAttribution } from './attribution.ts'
import type { Sent } from './form-state.ts'
import { apiOrigin } from './origin.ts'

/** How this page view sends a phone number: with the campaign that brought the visitor. */
export function createSend(): (sent: Sent, signal: AbortSignal) => Promise<LeadOutcome> {
  const attribution = readAttribution({ url: location.href, referrer: document.referrer })
  const deps = { fetch: fetch.bind(window), baseUrl: apiOrigin, isOnline: () => navigator.onLine }
  return (sent, signal) => submitLead(deps, { ...sent, attribution }, signal)
}

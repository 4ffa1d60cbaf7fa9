import type { Lead } from './lead.ts'

/**
 * Told of what has just become of leads, in one way whoever stores them: the worker, an API that answers through Postgres, or
 * a replay out of quarantine. Who dies before it tells has stored all the same, so this is for counts and logs; what must not
 * miss one lead is written in the transaction that makes its row, where `store_leads` says so.
 */
export interface LeadNews {
  /** These have become rows. Each lead is told of once, however often and by whichever way its batch is delivered. */
  stored(leads: readonly Lead[]): void
  /** These were rows already: their batch was delivered again. */
  storedBefore(leads: readonly Lead[]): void
  /** No row can hold this one, so it is kept aside. It is told of once as well. */
  quarantined(lead: Lead): void
}

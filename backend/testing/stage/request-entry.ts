import type { RequestEntry } from '../../leads/request-log.ts'

/** A request log entry of its own id, for tests. */
export function anEntry(own: Partial<RequestEntry>): RequestEntry {
  return {
    id: crypto.randomUUID(),
    time: new Date(),
    outcome: 'accepted',
    taskState: 'none',
    phoneHash: '0123456789abcdef0123456789abcdef',
    phoneMask: '***567',
    request: {
      path: '/api/leads',
      userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0',
      referrer: 'https://example.com/offer',
      ipHash: 'fedcba9876543210fedcba9876543210',
      ipMask: '203.0.113.*',
    },
    ...own,
  }
}

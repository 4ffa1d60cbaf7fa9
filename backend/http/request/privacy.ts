import { campaignFieldOf, clickIds } from '../../leads/attribution.ts'

const ids: ReadonlySet<string> = new Set(clickIds)

/** Whether a visitor has told their browser that nobody is to follow them: Global Privacy Control. */
export function asksForPrivacy({ headers }: Pick<Request, 'headers'>): boolean {
  return headers.get('sec-gpc') === '1'
}

/** An address without what advertisers know a click again by. */
export function withoutClickIds(address: string): string {
  const url = URL.parse(address)
  if (!url) return address
  for (const name of [...url.searchParams.keys()])
    if (ids.has(campaignFieldOf(name) ?? '')) url.searchParams.delete(name)
  return url.href
}

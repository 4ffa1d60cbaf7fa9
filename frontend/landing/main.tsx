import { createRoot, hydrateRoot } from 'react-dom/client'
import { submitLead } from '../api/leads.ts'
import { readAttribution } from './attribution.ts'
import { firstState, type Sent } from './form-state.ts'
import { apiOrigin, formAction } from './origin.ts'
import { Page } from './page.tsx'

const attribution = readAttribution({ url: location.href, referrer: document.referrer })
const deps = { fetch: fetch.bind(window), baseUrl: apiOrigin, isOnline: () => navigator.onLine }
const send = (sent: Sent, signal: AbortSignal) => submitLead(deps, { ...sent, attribution }, signal)

const first = firstState(location.search)
const place = document.getElementById('page')!
const page = <Page first={first} action={formAction} send={send} />

if (first.name === 'idle') {
  hydrateRoot(place, page)
} else {
  // An answer in the address is not in the prerendered markup, and it is said only once.
  createRoot(place).render(page)
  const address = new URL(location.href)
  for (const answer of ['thanks', 'duplicate', 'error']) address.searchParams.delete(answer)
  address.hash = ''
  history.replaceState(null, '', address)
}

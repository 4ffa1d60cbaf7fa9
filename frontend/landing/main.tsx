import type { ReactElement } from 'react'
import { createRoot, hydrateRoot } from 'react-dom/client'
import { Film } from '../ui/film.tsx'
import { watchPictures } from '../ui/picture-fallback.ts'
import { firstState } from './form-state.ts'
import { type IslandName, type IslandProps, islandPropsId } from './island-props.ts'
import { LeadForm } from './lead-form.tsx'
import { createSend } from './send.ts'

const islands: IslandProps = JSON.parse(document.getElementById(islandPropsId)!.textContent!)
const place = (name: IslandName) => document.querySelector(`[data-island="${name}"]`)!

startForm()
hydrateRoot(place('film'), <Film {...islands.film} />)
watchPictures()

function startForm(): void {
  const first = firstState(location.search)
  const form: ReactElement = <LeadForm {...islands['lead-form']} first={first} send={createSend()} />
  if (first.name === 'idle') {
    hydrateRoot(place('lead-form'), form)
    return
  }
  // An answer in the address is not in the prerendered markup, and it is said only once.
  createRoot(place('lead-form')).render(form)
  const address = new URL(location.href)
  for (const answer of ['thanks', 'duplicate', 'error']) address.searchParams.delete(answer)
  address.hash = ''
  history.replaceState(null, '', address)
}

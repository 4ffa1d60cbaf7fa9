import type { ReactElement } from 'react'
import { createRoot, hydrateRoot } from 'react-dom/client'
import { Film } from '../ui/film.tsx'
import { watchPictures } from '../ui/picture-fallback.ts'
import { readAttribution, rememberTouch } from './attribution.ts'
import { createDraft } from './draft.ts'
import { type FormState, firstState } from './form-state.ts'
import { type IslandName, type IslandProps, islandPropsId } from './island-props.ts'
import { type FormDeps, LeadForm } from './lead-form.tsx'
import { startLine } from './line.ts'
import { type PageConfig, pageConfigId } from './page-config.ts'
import { startPageEvents } from './page-events.ts'
import { storageOf } from './storage.ts'

const jsonOf = (id: string) => JSON.parse(document.getElementById(id)!.textContent!)
const islands: IslandProps = jsonOf(islandPropsId)
const config: PageConfig = jsonOf(pageConfigId)
const place = (name: IslandName) => document.querySelector(`[data-island="${name}"]`)!

startForm()
hydrateRoot(place('film'), <Film {...islands.film} />)
watchPictures()

function startForm(): void {
  const first = firstState(location.search)
  const form: ReactElement = <LeadForm {...islands['lead-form']} first={first} deps={formDeps(first)} />
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

function formDeps(first: FormState): FormDeps {
  const storage = storageOf('localStorage')
  const found = readAttribution({ url: location.href, referrer: document.referrer })
  const touches = rememberTouch(storage, found, Date.now())
  const events = startPageEvents(config, touches.last)
  const onAccepted = () => events.track({ event_type: 'form_submit' })
  // It was posted before this code had arrived.
  if (first.name === 'thanks') onAccepted()
  return {
    outbox: startLine({
      storage,
      needsProof: config.flags.proof_of_work === true,
      onAccepted,
    }),
    draft: createDraft(storageOf('sessionStorage')),
    fields: { ...touches.last, first_touch: touches.first, variant: config.word },
  }
}

import type { ReactElement } from 'react'
import { flushSync } from 'react-dom'
import { createRoot, hydrateRoot } from 'react-dom/client'
import { Film } from '../ui/film.tsx'
import { watchPictures } from '../ui/picture-fallback.ts'
import { readAttribution, rememberTouch, type Touches } from './attribution.ts'
import { showCallBar } from './call-bar-shown.ts'
import { createDraft } from './form/draft.ts'
import { firstState } from './form/form-state.ts'
import { type FormDeps, LeadForm } from './form/lead-form.tsx'
import { postedAnswerId, takePosted } from './form/posted.ts'
import { startLine } from './form/sending.ts'
import { type IslandName, type IslandProps, islandPropsId } from './island-props.ts'
import { type PageConfig, pageConfigId } from './page-config.ts'
import { silent, startPageEvents } from './page-events.ts'
import { storageOf } from './storage.ts'

const jsonOf = (id: string) => JSON.parse(document.getElementById(id)!.textContent!)
const islands: IslandProps = jsonOf(islandPropsId)
const config: PageConfig = jsonOf(pageConfigId)
const place = (name: IslandName) => document.querySelector(`[data-island="${name}"]`)!

startForm()
if (islands.film) {
  const film = <Film {...islands.film} />
  spare(() => hydrateRoot(place('film'), film), undefined)
}
spare(watchPictures, undefined)
spare(showCallBar, undefined)

function startForm(): void {
  const first = firstState(isPosted() ? location.search : '')
  const form: ReactElement = <LeadForm {...islands['lead-form']} first={first} deps={formDeps()} />
  if (first.name === 'idle') hydrateRoot(place('lead-form'), form)
  // An answer to a posted form is not in the prerendered markup.
  else flushSync(() => createRoot(place('lead-form')).render(form))
  document.getElementById(postedAnswerId)?.remove()
  forgetAnswer()
}

/** Without cookies only the address can tell. */
function isPosted(): boolean {
  return !navigator.cookieEnabled || spare(() => takePosted(document), false)
}

/** An answer in the address is said only once. */
function forgetAnswer(): void {
  if (!/[?&](thanks|duplicate|error)=/.test(location.search)) return
  const address = new URL(location.href)
  for (const answer of ['thanks', 'duplicate', 'error']) address.searchParams.delete(answer)
  address.hash = ''
  history.replaceState(null, '', address)
}

function formDeps(): FormDeps {
  const storage = storageOf('localStorage')
  const touches = spare(
    (): Touches => {
      const found = readAttribution({ url: location.href, referrer: document.referrer })
      return rememberTouch(storage, found, Date.now())
    },
    { last: {} },
  )
  const events = spare(() => startPageEvents(config, touches.last), silent)
  return {
    outbox: startLine({
      storage,
      needsProof: config.flags.proof_of_work === true,
      onAccepted: () => events.track({ event_type: 'form_submit' }),
    }),
    draft: createDraft(storageOf('sessionStorage')),
    fields: { ...touches.last, first_touch: touches.first, variant: config.word },
  }
}

/** Does what the form can do without: where a browser lacks something for it, the form goes on. */
function spare<T>(work: () => T, otherwise: T): T {
  try {
    return work()
  } catch {
    return otherwise
  }
}

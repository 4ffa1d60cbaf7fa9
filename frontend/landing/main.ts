import { deviceOf } from '../outbox/device.ts'
import type { Outbox } from '../outbox/outbox.ts'
import { spare } from '../spare.ts'
import { watchPictures } from '../ui/picture-fallback.ts'
import { readAttribution, rememberTouch, type Touches, touchInPrivate } from './attribution.ts'
import { showCallBar } from './call-bar-shown.ts'
import { createDraft } from './form/draft.ts'
import { type FormState, firstState, refusedState } from './form/form-state.ts'
import { parts } from './form/parts.ts'
import { planToldBy } from './form/phone-plan.ts'
import { postedAnswerId, takePosted } from './form/posted.ts'
import { takePrefill } from './form/prefill.ts'
import { startLine } from './form/sending.ts'
import { type FormDeps, startForm } from './form/start-form.ts'
import { createMemory } from './form/told.ts'
import { type IslandProps, islandPropsId } from './island-props.ts'
import { tellLeads } from './lead-event.ts'
import { startPageEvents } from './page-events.ts'
import { type PageView, pageViewId } from './page-view.ts'
import { wantsPrivacy } from './privacy.ts'
import { whenKnown, whenOpened } from './shown.ts'
import { whenLoaded } from './when-loaded.ts'

const jsonOf = (id: string) => JSON.parse(document.getElementById(id)!.textContent!)
const islands: IslandProps = jsonOf(islandPropsId)
const view: PageView = jsonOf(pageViewId)

const { posted } = view

whenOpened(() => {
  spare(() => posted && history.replaceState(null, '', posted.page), undefined)
  startForm({ ...formDeps(), takePrefill }, islands['lead-form'], first())
  spare(forgetAnswer, undefined)
  spare(keepQuery, undefined)
})
spare(startFilm, undefined)
spare(watchPictures, undefined)
spare(showCallBar, undefined)

/** What plays it comes when it is wanted: it is most of the scripts. */
function startFilm(): void {
  const { film } = islands
  const place = document.querySelector('[data-island=film]')
  if (!film || !place) return
  place.addEventListener('click', ({ target }) => {
    if (!(target as Element).closest('[data-plays]')) return
    import('./film-player.tsx')
      .then(({ playFilm }) => playFilm(place, film))
      .catch(() => place.querySelector('figcaption')?.replaceChildren(film.missing))
  })
}

/** An operator's preview is nothing to come back to. */
function startWithoutNetwork(outbox: Outbox): void {
  if (view.preview) return
  whenLoaded(() =>
    import('../offline/work-offline.ts')
      .then(({ workOffline }) => workOffline(outbox, view.flags.works_offline === true))
      .catch(() => {}),
  )
}

function first(): FormState {
  return posted
    ? refusedState(posted.code, parts.phone()?.value ?? '')
    : firstState(isPosted() ? location.search : '')
}

/** Without cookies only the address can tell. */
function isPosted(): boolean {
  return !spare(() => navigator.cookieEnabled, true) || spare(() => takePosted(document), false)
}

/** An answer in the address is said only once. */
function forgetAnswer(): void {
  document.getElementById(postedAnswerId)?.remove()
  if (!/[?&](thanks|duplicate|error)=/.test(location.search)) return
  const address = new URL(location.href)
  for (const answer of ['thanks', 'duplicate', 'error']) address.searchParams.delete(answer)
  address.hash = ''
  history.replaceState(null, '', address)
}

/** Who changes the language came from the same campaign, also where the browser remembers none. */
function keepQuery(): void {
  for (const link of document.querySelectorAll<HTMLAnchorElement>('a[hreflang]'))
    link.search = location.search
}

function formDeps(): Omit<FormDeps, 'takePrefill'> {
  const device = deviceOf(() => localStorage)
  const touches = spare(
    (): Touches => {
      const page = { url: location.href, referrer: spare(() => document.referrer, '') }
      if (wantsPrivacy()) return touchInPrivate(device, page)
      return rememberTouch(device, readAttribution(page), Date.now())
    },
    { last: {} },
  )
  spare(() => whenKnown(view, () => startPageEvents(view, touches.last)), undefined)
  const outbox = startLine({ device, needsProof: view.flags.proof_of_work === true })
  spare(() => startWithoutNetwork(outbox), undefined)
  return {
    outbox: tellLeads(outbox, islands['lead-form'].thanks),
    memory: createMemory(device, Date.now),
    draft: createDraft(deviceOf(() => sessionStorage)),
    fields: { ...touches.last, first_touch: touches.first, variant: view.word },
    phonePlan: planToldBy(view),
  }
}

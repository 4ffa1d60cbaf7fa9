import type { Outbox } from '../outbox/outbox.ts'
import { parts } from './form/parts.ts'
import { wantsPrivacy } from './privacy.ts'

/** What scripts of a campaign hear of a lead, as `detail` of the event `landfast:lead`: nothing that was typed. */
export type LeadDetail = Readonly<{
  /** As the API gave it, the same in each tab that hears of it; none of a number that was there before. */
  id?: string
  duplicate: boolean
  /** False where the browser asks for privacy, or the box of consent is there and not ticked. */
  mayLoadTags: boolean
}>

/**
 * Tells scripts of the campaign of each lead that is kept, once in this page, and goes to the page that thanks for it, where there
 * is one and the number was sent from here. A script that takes its time calls `preventDefault`, and goes there itself.
 */
export function tellLeads(outbox: Outbox, thanks: string | undefined): Outbox {
  const told = new Set<string>()
  const sentHere = new Set<string>()
  outbox.watch((key, news) => {
    if (news.kind !== 'ended' || told.has(key)) return
    const { ending } = news
    if (ending.kind !== 'accepted' && ending.kind !== 'duplicate') return
    told.add(key)
    const detail: LeadDetail = {
      id: ending.kind === 'accepted' ? ending.id : undefined,
      duplicate: ending.kind === 'duplicate',
      mayLoadTags: !wantsPrivacy() && parts.consent()?.checked !== false,
    }
    const event = new CustomEvent('landfast:lead', { cancelable: true, detail })
    // The form says it first, and what it remembers is on the device.
    Promise.resolve().then(() => {
      if (document.dispatchEvent(event) && thanks && detail.id && sentHere.has(key)) location.assign(thanks)
    })
  })
  return {
    ...outbox,
    submit(submission) {
      sentHere.add(submission.key)
      outbox.submit(submission)
    },
  }
}

import type { LeadDetails, RequestSigns } from '../../leads/details.ts'
import type { Database } from '../../postgres/connection.ts'

/**
 * Every detail that a lead can have. Whoever adds one gives it here, in a submission and in its row: all that carries
 * details from one to the other is tested with these.
 */
export const everyDetail: Required<LeadDetails> = {
  attribution: { utm_source: 'sms', utm_campaign: 'a "quoted" \\ one' },
  firstTouch: { utm_source: "tv 'one'", referrer: 'https://a.example/\\' },
  variant: 'hero.b-film.on',
  language: 'fa',
  consent: '2026-11',
  suspect: ['honeypot', 'fast'],
  device: 'phone',
  landing: '/spring',
}

/** What of it the request tells, and not its body. */
export const everySign: Required<RequestSigns> = { device: everyDetail.device, landing: everyDetail.landing }

/** The parts of a submission that tell it. */
export const inSubmission: Readonly<
  Record<Exclude<keyof LeadDetails, keyof RequestSigns>, Readonly<Record<string, unknown>>>
> = {
  attribution: everyDetail.attribution,
  firstTouch: { first_touch: everyDetail.firstTouch },
  variant: { variant: everyDetail.variant },
  language: { language: everyDetail.language },
  consent: { consent: everyDetail.consent },
  suspect: { website: 'x', elapsed_ms: 20 },
}

type Column = keyof Database['leads']
const attribution = { ...everyDetail.attribution, first: everyDetail.firstTouch }

/** Where its row has it. */
export const inRow: Readonly<Record<keyof LeadDetails, readonly [column: Column, value: unknown]>> = {
  attribution: ['attribution', attribution],
  firstTouch: ['attribution', attribution],
  variant: ['variant', everyDetail.variant],
  language: ['language', everyDetail.language],
  consent: ['consent', everyDetail.consent],
  suspect: ['suspect', everyDetail.suspect],
  device: ['device', everyDetail.device],
  landing: ['landing', everyDetail.landing],
}

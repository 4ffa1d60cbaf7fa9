import { type RawBuilder, sql } from 'kysely'
import { noValue, type Touch } from '../desk/sources.ts'

type Sql = RawBuilder<unknown>

/** Where a visitor came from the last time, or the first: nobody says it twice where both are one. */
export const touchOf = (attribution: Sql, touch: Touch): Sql =>
  touch === 'last' ? attribution : sql`coalesce(${attribution} -> 'first', ${attribution})`

/**
 * By the link, else by the id of a click, else by the site that led here. Only what a link says stands as it is, which is also
 * how leads are found by it.
 */
const sourceOf = (touch: Sql): Sql => sql`
  coalesce(${touch} ->> 'utm_source',
    case when ${touch} ?| array['gclid', 'gbraid', 'wbraid', 'dclid'] then 'google (click)'
         when ${touch} ? 'fbclid' then 'facebook (click)' when ${touch} ? 'msclkid' then 'bing (click)'
         when ${touch} ? 'ttclid' then 'tiktok (click)' when ${touch} ?| array['yclid', 'ysclid'] then 'yandex (click)' end,
    lower(substring(${touch} ->> 'referrer' from '^[a-z-]+://(?:www\\.)?([^/:?#]+)')), ${noValue})`

const mediumOf = (touch: Sql): Sql => sql`
  coalesce(${touch} ->> 'utm_medium',
    case when ${touch} ?| array['gclid', 'gbraid', 'wbraid', 'dclid', 'msclkid', 'yclid'] then 'cpc'
         when ${touch} ? 'referrer' then 'referral' end, ${noValue})`

const campaignOf = (touch: Sql): Sql => sql`coalesce(${touch} ->> 'utm_campaign', ${noValue})`

/** What each dimension of a touch is. */
export const ofTouch = { source: sourceOf, medium: mediumOf, campaign: campaignOf } as const
/** What a visitor told of themselves, or the page of them. */
export const toldOr = (told: Sql): Sql => sql`coalesce(${told}, ${noValue})`

import { sql } from 'kysely'
import { createCursors } from '../../desk/cursor.ts'
import { createKeyedHash } from '../../keyed-hash.ts'
import { theCommand } from '../../operators/audit.ts'
import { newOperatorKey } from '../../operators/operator-key.ts'
import { keyRights } from '../../operators/rights.ts'
import type { Db } from '../../postgres/connection.ts'
import { createOperatorKeys } from '../../postgres/operator-keys.ts'
import { lineSecret } from '../../testing/stage/line.ts'
import { percentile } from '../figures.ts'
import { momentAt, rareCampaign, type Seeded } from './rows.ts'

/** Something an operator looks at, and the longest that it may take in 19 of 20 cases. */
export type View = Readonly<{ name: string; mostMs: number; path(ask: number): string }>
export type Took = Readonly<{ p50Ms: number; p95Ms: number }>

const root = '/api/admin'
const perPage = 50
const dayMs = 86_400_000
const keyedHash = createKeyedHash(lineSecret)
const cursors = createCursors(keyedHash)
const asked = (ask: Readonly<Record<string, string>>) => `${root}/leads?${new URLSearchParams(ask)}`
const inPersian = (phone: string) =>
  phone.replaceAll(/\d/g, (digit) => String.fromCharCode(0x6f0 + Number(digit)))

/** What is looked at where these rows are. */
export async function viewsOf(db: Db, { phones, owner, count }: Seeded): Promise<readonly View[]> {
  const list = (name: string, ask: Readonly<Record<string, string>>): View => ({
    ...{ name, mostMs: 50 },
    path: () => asked(ask),
  })
  const deep = async (name: string, share: number, ask: Readonly<{ source?: string }> = {}) => {
    const { id, at } = (await leadBefore(db, momentAt(share), ask.source)) ?? {}
    const view = { filter: ask, askedMs: Date.now() }
    return list(name, { ...ask, ...(id && at && { after: cursors.write({ id, acceptedAt: at }, view) }) })
  }
  const byPhone = (name: string, mostMs: number, spelled: (phone: string) => string): View => ({
    ...{ name, mostMs },
    path: (ask) => asked({ q: spelled(phones[ask % phones.length]!) }),
  })
  const since = new Date(Date.now() - 40 * dayMs)
  return [
    list('first page', {}),
    await deep('page 10,000, or the last', Math.min((10_000 * perPage) / count, 0.9)),
    ...['new', 'called', 'won', 'suspect', 'corrected'].map((state) => list(`state ${state}`, { state })),
    list('suspect when they came', { suspect: 'true' }),
    list('variant', { variant: 'hero.a' }),
    list('source', { source: 'partner' }),
    await deep('source, half way down', 0.5, { source: 'telegram' }),
    list('campaign', { campaign: 'autumn-28' }),
    list('campaign of one lead in 250,000', { campaign: rareCampaign }),
    list('campaign that none has', { campaign: 'nowhere' }),
    list('language', { language: 'en' }),
    list('owner of the call', { owner }),
    list('a week', {
      since: since.toISOString(),
      until: new Date(since.getTime() + 7 * dayMs).toISOString(),
    }),
    list('source, campaign, variant, language and state', {
      ...{ source: 'partner', campaign: 'autumn-28', variant: 'hero.b', language: 'en', state: 'lost' },
    }),
    byPhone('phone, international', 20, (phone) => phone),
    byPhone('phone, national', 20, (phone) => `0${phone.slice(3)}`),
    byPhone('phone, Persian digits', 20, (phone) => inPersian(`0${phone.slice(3)}`)),
    ...[4, 6, 8].map((digits) => byPhone(`last ${digits} digits`, 100, (phone) => phone.slice(-digits))),
    { name: 'today', mostMs: 50, path: () => `${root}/today` },
    { name: 'sources, a week', mostMs: 50, path: () => `${root}/sources` },
    { name: 'campaigns, 90 days', mostMs: 50, path: () => `${root}/sources?by=campaign&days=90` },
    { name: 'results', mostMs: 50, path: () => `${root}/experiments/hero/results` },
  ]
}

/** The latest lead that came before a moment. */
async function leadBefore(db: Db, moment: Date, source?: string) {
  const { rows } = await sql<{ id: string; at: Date }>`
    select id, accepted_at as at from leads
    where duplicate_of is null and state <> 'corrected' and accepted_at < ${moment}
      ${source === undefined ? sql`` : sql`and attribution->>'utm_source' = ${source}`}
    order by accepted_at desc, id desc limit 1`.execute(db)
  return rows[0]
}

export type Desk = Readonly<{ origin: string; db: Db; views: readonly View[] }>

/** Who asks: more often than one key may. */
export async function operatorAt({ origin, db }: Pick<Desk, 'origin' | 'db'>) {
  const keys = createOperatorKeys(db)
  const texts: string[] = []
  for (let made = 0; made < 40; made++) {
    const { text, kept } = newOperatorKey('bench', { rights: keyRights })
    await keys.add(kept, { by: theCommand, action: 'key.made', subject: kept.id })
    texts.push(text)
  }
  let asks = 0
  return async (path: string): Promise<number> => {
    const startedAtMs = performance.now()
    const answer = await fetch(`${origin}${path}`, {
      headers: { authorization: `Bearer ${texts[asks++ % texts.length]}` },
    })
    const text = await answer.text()
    if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${text.slice(0, 200)}`)
    return performance.now() - startedAtMs
  }
}

/** Asks each view of all desks in turns, so that a slow minute of the machine counts for all. */
export async function measureViews(
  desks: readonly Desk[],
  asks: number,
  say: (line: string) => void,
): Promise<readonly (View & Readonly<{ took: readonly Took[] }>)[]> {
  const operators = await Promise.all(desks.map(operatorAt))
  const found: (View & Readonly<{ took: readonly Took[] }>)[] = []
  for (const [place, view] of desks[0]!.views.entries()) {
    const all = desks.map((): number[] => [])
    for (let ask = -3; ask < asks; ask++)
      for (const [at, desk] of desks.entries()) {
        const ms = await operators[at]!(desk.views[place]!.path(ask + 3))
        if (ask >= 0) all[at]!.push(ms)
      }
    const took = all.map((each) => {
      const sorted = each.sort((one, other) => one - other)
      return { p50Ms: percentile(sorted, 0.5), p95Ms: percentile(sorted, 0.95) }
    })
    found.push({ ...view, took })
    say(
      `${view.name}: ${took.map(({ p50Ms, p95Ms }) => `${p50Ms.toFixed(1)} / ${p95Ms.toFixed(1)} ms`).join(', ')}`,
    )
  }
  return found
}

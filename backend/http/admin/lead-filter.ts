import type { SoughtPhone } from '../../desk/person.ts'
import { dayAfter, dayIn, startOfDay } from '../../desk/sources.ts'
import { keptParts } from '../../desk/views.ts'
import { type LeadFilter, leadStates, shownDigits, type WorkState } from '../../desk/work.ts'
import { inAscii } from '../../leads/phone-text.ts'
import type { Operator } from '../../operators/operator-key.ts'
import { InvalidFields } from '../../problem.ts'
import type { OperatorDoorDeps } from './door.ts'
import { isUuid, timeOf } from './fields.ts'

const textLengthMax = 256
/** Who asks, and when: what "mine" and "the last seven days" are, which a view keeps in those words. */
export type FilterAsker = Readonly<{ id: string; nowMs: number; timeZone: string }>

/** Whoever is signed in, now. */
export const askerOf = (
  { id }: Pick<Operator, 'id'>,
  { door, timeZone }: Readonly<{ door: Pick<OperatorDoorDeps, 'nowMs'>; timeZone: string }>,
): FilterAsker => ({ id, nowMs: door.nowMs(), timeZone })

const filterNames = ['variant', 'source', 'campaign', 'language'] as const
const partNames: ReadonlySet<string> = new Set([...keptParts, 'q'])

/** One of these states. @throws InvalidFields */
export function stateOf<State extends string>(name: string, given: unknown, states: readonly State[]): State {
  const found = states.find((state) => state === given)
  if (!found) throw new InvalidFields({ [name]: [given === undefined ? 'required' : 'unknown'] })
  return found
}

/**
 * What is asked of the leads, by the address of a view or of an export of it. A part that there is not is refused: without it
 * a change of what it was to find would be one of all. @throws InvalidFields
 */
export function readFilter(
  sent: Readonly<Record<string, string>>,
  soughtPhone: SoughtPhone,
  asker: FilterAsker,
): LeadFilter {
  const { state, suspect, q } = sent
  const owner = sent.owner === 'me' ? asker.id : sent.owner
  const faults: Record<string, string[]> = {}
  const fault = (name: string) => {
    faults[name] = ['invalid']
  }
  for (const name of Object.keys(sent)) if (!partNames.has(name)) faults[name] = ['unknown']
  if (suspect !== undefined && suspect !== 'true' && suspect !== 'false') fault('suspect')
  if (owner !== undefined && !isUuid(owner)) fault('owner')
  for (const name of filterNames) if ((sent[name] ?? '').length > textLengthMax) fault(name)
  const phone = q === undefined ? {} : (readPhone(q, soughtPhone) ?? fault('q'))
  if (Object.keys(faults).length > 0) throw new InvalidFields(faults)
  return {
    ...(state !== undefined && {
      state: stateOf<WorkState | 'suspect' | 'corrected'>('state', state, leadStates),
    }),
    ...phone,
    ...Object.fromEntries(filterNames.flatMap((name) => (sent[name] ? [[name, sent[name]]] : []))),
    ...(suspect !== undefined && { suspect: suspect === 'true' }),
    ...(owner !== undefined && { owner }),
    ...only('since', daysAgo(sent.since, asker) ?? momentOf(sent, 'since', asker)),
    ...only('until', momentOf(sent, 'until', asker)),
  }
}

/** `7d`: from the beginning of the day seven days ago, where the firm is. */
function daysAgo(since: string | undefined, { nowMs, timeZone }: FilterAsker): Date | undefined {
  const [, days] = /^(\d{1,3})d$/.exec(since ?? '') ?? []
  if (days === undefined) return undefined
  return startOfDay(timeZone, dayAfter(dayIn(timeZone, new Date(nowMs)), -Number(days)))
}

/** A moment, or a day, which begins where the firm is. @throws InvalidFields */
function momentOf(sent: Readonly<Record<string, string>>, name: 'since' | 'until', asker: FilterAsker) {
  if (!/^\d{4}-\d\d-\d\d$/.test(sent[name] ?? '')) return timeOf(sent, name)
  const start = startOfDay(asker.timeZone, sent[name]!)
  if (!start) throw new InvalidFields({ [name]: ['not_a_time'] })
  return start
}

const only = (name: string, value: Date | undefined) => (value === undefined ? {} : { [name]: value })

// And those before the last four, as the list shows them.
const marksBetween = /[\s()./*•\p{Pd}]/gu

/** A whole phone in any spelling, or its last four to eight digits in any figures. */
function readPhone(typed: string, soughtPhone: SoughtPhone) {
  if (typed.length > textLengthMax) return undefined
  const digits = inAscii(typed).replace(marksBetween, '')
  return /^\d{4,8}$/.test(digits) ? { lastDigits: digits } : soughtPhone(typed)
}

/** Whether a phone is looked for by more of it than the list shows: digit by digit, that would tell the rest of one. */
export const asksMoreThanShown = ({ phoneKey, lastDigits = '' }: LeadFilter): boolean =>
  phoneKey !== undefined || lastDigits.length > shownDigits

/** The parts of a view, sent within a body. @throws InvalidFields */
export function viewPartsOf(view: unknown): Readonly<Record<string, string>> {
  const isRecord = typeof view === 'object' && view !== null && !Array.isArray(view)
  if (
    !isRecord ||
    Object.values(view).some((value) => typeof value !== 'string' || value.length > textLengthMax)
  )
    throw new InvalidFields({ view: ['invalid'] })
  return view as Readonly<Record<string, string>>
}

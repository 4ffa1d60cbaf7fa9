import { type LeadFilter, leadStates, type WorkState } from '../../desk/work.ts'
import { inAscii } from '../../leads/phone-text.ts'
import { InvalidFields } from '../../problem.ts'
import { isUuid, timeOf } from './fields.ts'

type PhoneKeyOf = (typed: string) => string | undefined

const textLengthMax = 256
/** Who asks, and when: what "mine" and "the last seven days" are, which a view keeps in those words. */
export type FilterAsker = Readonly<{ id: string; nowMs: number }>

const dayMs = 86_400_000
const filterNames = ['variant', 'source', 'campaign', 'language'] as const

/** One of these states. @throws InvalidFields */
export function stateOf<State extends string>(name: string, given: unknown, states: readonly State[]): State {
  const found = states.find((state) => state === given)
  if (!found) throw new InvalidFields({ [name]: [given === undefined ? 'required' : 'unknown'] })
  return found
}

/** What is asked of the leads, by the address of a view or of an export of it. @throws InvalidFields */
export function readFilter(
  sent: Readonly<Record<string, string>>,
  phoneKeyOf: PhoneKeyOf,
  asker: FilterAsker,
): LeadFilter {
  const { state, suspect, q } = sent
  const owner = sent.owner === 'me' ? asker.id : sent.owner
  const faults: Record<string, string[]> = {}
  const fault = (name: string) => {
    faults[name] = ['invalid']
  }
  if (suspect !== undefined && suspect !== 'true' && suspect !== 'false') fault('suspect')
  if (owner !== undefined && !isUuid(owner)) fault('owner')
  for (const name of filterNames) if ((sent[name] ?? '').length > textLengthMax) fault(name)
  const phone = q === undefined ? {} : (readPhone(q, phoneKeyOf) ?? fault('q'))
  if (Object.keys(faults).length > 0) throw new InvalidFields(faults)
  return {
    ...(state !== undefined && {
      state: stateOf<WorkState | 'suspect' | 'corrected'>('state', state, leadStates),
    }),
    ...phone,
    ...Object.fromEntries(filterNames.flatMap((name) => (sent[name] ? [[name, sent[name]]] : []))),
    ...(suspect !== undefined && { suspect: suspect === 'true' }),
    ...(owner !== undefined && { owner }),
    ...only('since', daysAgo(sent.since, asker) ?? timeOf(sent, 'since')),
    ...only('until', timeOf(sent, 'until')),
  }
}

/** `7d`: from the beginning of the day seven days ago. */
function daysAgo(since: string | undefined, { nowMs }: FilterAsker): Date | undefined {
  const [, days] = /^(\d{1,3})d$/.exec(since ?? '') ?? []
  return days === undefined ? undefined : new Date((Math.floor(nowMs / dayMs) - Number(days)) * dayMs)
}

const only = (name: string, value: Date | undefined) => (value === undefined ? {} : { [name]: value })

/** A whole phone in any spelling, or its last four to eight digits in any figures. */
function readPhone(typed: string, phoneKeyOf: PhoneKeyOf) {
  if (typed.length > textLengthMax) return undefined
  const digits = inAscii(typed).replace(/[\s().-]/g, '')
  if (/^\d{4,8}$/.test(digits)) return { lastDigits: digits }
  const phoneKey = phoneKeyOf(typed)
  return phoneKey === undefined ? undefined : { phoneKey }
}

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

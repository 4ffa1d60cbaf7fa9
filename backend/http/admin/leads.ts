import { isId } from '../../batching/ids.ts'
import type { Cursors } from '../../desk/cursor.ts'
import {
  type LeadDesk,
  type LeadFilter,
  type ListedLead,
  leadStates,
  maskedPhone,
  noteLengthMax,
  type WorkState,
  workStates,
} from '../../desk/work.ts'
import { inAscii } from '../../leads/phone-text.ts'
import { actorOf } from '../../operators/audit.ts'
import { InvalidFields, Problem } from '../../problem.ts'
import type { SlowBodies } from '../request/slow-bodies.ts'
import { type OperatorDoorDeps, operatorRoutes } from './door.ts'
import { fieldsOf, isUuid, queryFieldsOf, timeOf } from './fields.ts'
import { details } from './leads-openapi.ts'
import { orUnavailable } from './or-unavailable.ts'

export type AdminLeadRouteDeps = Readonly<{
  door: OperatorDoorDeps
  leadDesk: LeadDesk
  cursors: Cursors
  /** The keyed hash of a phone in any spelling, or undefined where the text is none. */
  phoneKeyOf(typed: string): string | undefined
  bodies?: SlowBodies
}>

const root = '/api/admin/leads'
const shown = 50
const textLengthMax = 256
const filterNames = ['variant', 'source', 'campaign', 'language'] as const

/** The leads, as callers work on them: phones are masked until somebody asks for one, which is written down. */
export function adminLeadRoutes(deps: AdminLeadRouteDeps) {
  const { leadDesk: desk, bodies } = deps
  const read = { right: 'leads.read' } as const
  const work = { right: 'leads.work' } as const

  const orNone = <T>(found: T | undefined | false): T => {
    if (found === undefined || found === false) throw new Problem('not_found', 'There is no lead of this id.')
    return found as T
  }
  const idOf = ({ id }: Readonly<{ id: string }>): string => orNone(isId(id) && id)
  const oneOf = async (id: string) => leadView(orNone(await orUnavailable(() => desk.find(id))))

  return operatorRoutes(deps.door)
    .get(root, { ...read, detail: details.list }, ({ request }) =>
      orUnavailable(async () => {
        const sent = queryFieldsOf(request)
        const filter = readFilter(sent, deps.phoneKeyOf)
        const after = sent.after === undefined ? undefined : deps.cursors.read(sent.after, filter)
        const [found, counts] = await Promise.all([
          desk.list(filter, shown + 1, after),
          after === undefined ? desk.count(filter) : undefined,
        ])
        const leads = found.slice(0, shown)
        const next = found.length > shown ? deps.cursors.write(leads.at(-1)!, filter) : null
        return { data: leads.map(leadView), next, counts: counts ?? null }
      }),
    )
    .get(`${root}/:id`, { ...read, detail: details.one }, async ({ params }) => {
      const id = idOf(params)
      const [lead, notes] = await Promise.all([oneOf(id), orUnavailable(() => desk.notes(id))])
      return { lead, notes: notes.map(({ at, ...note }) => ({ ...note, at: at.toISOString() })) }
    })
    .post(`${root}/:id/reveal`, { right: 'leads.reveal', detail: details.reveal }, async (visit) => {
      await fieldsOf(visit, [], bodies)
      const id = idOf(visit.params)
      const entry = { by: actorOf(visit.operator), action: 'lead.revealed', subject: id } as const
      return orNone(await orUnavailable(() => desk.reveal(id, entry)))
    })
    .post(`${root}/next`, { ...work, detail: details.next }, async (visit) => {
      await fieldsOf(visit, [], bodies)
      const id = await orUnavailable(() => desk.takeNext(actorOf(visit.operator)))
      return { lead: id === undefined ? null : await oneOf(id) }
    })
    .put(`${root}/:id/state`, { ...work, detail: details.state }, async (visit) => {
      const { was, state } = await fieldsOf(visit, ['was', 'state'], bodies)
      const change = { was: stateOf('was', was, leadStates), state: stateOf('state', state, workStates) }
      const id = idOf(visit.params)
      const came = await orUnavailable(() => desk.setState(id, change, actorOf(visit.operator)))
      if (came === 'meanwhile')
        throw new Problem(
          'changed_meanwhile',
          'Somebody else has changed this lead meanwhile. Look at it again.',
        )
      if (came === 'not_from_here') throw new InvalidFields({ state: ['not_from_here'] })
      orNone(came !== 'unknown')
      return { lead: await oneOf(id) }
    })
    .post(`${root}/:id/notes`, { ...work, detail: details.note }, async (visit) => {
      const { text } = await fieldsOf(visit, ['text'], bodies)
      if (typeof text !== 'string' || text.trim() === '') throw new InvalidFields({ text: ['required'] })
      if (text.length > noteLengthMax) throw new InvalidFields({ text: ['too_long'] })
      const id = idOf(visit.params)
      orNone(await orUnavailable(() => desk.addNote(id, text.trim(), actorOf(visit.operator))))
      return { lead: await oneOf(id) }
    })
    .delete(`${root}/:id/owner`, { ...work, detail: details.giveBack }, async ({ params, operator }) => {
      const id = idOf(params)
      orNone(await orUnavailable(() => desk.giveBack(id, actorOf(operator))))
      return { lead: await oneOf(id) }
    }).routes
}

function stateOf<State extends string>(name: string, given: unknown, states: readonly State[]): State {
  const found = states.find((state) => state === given)
  if (!found) throw new InvalidFields({ [name]: [given === undefined ? 'required' : 'unknown'] })
  return found
}

function readFilter(
  sent: Readonly<Record<string, string>>,
  phoneKeyOf: AdminLeadRouteDeps['phoneKeyOf'],
): LeadFilter {
  const { state, suspect, owner, q } = sent
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
    ...only('since', timeOf(sent, 'since')),
    ...only('until', timeOf(sent, 'until')),
  }
}

const only = (name: string, value: Date | undefined) => (value === undefined ? {} : { [name]: value })

/** A whole phone in any spelling, or its last four to eight digits in any figures. */
function readPhone(typed: string, phoneKeyOf: AdminLeadRouteDeps['phoneKeyOf']) {
  if (typed.length > textLengthMax) return undefined
  const digits = inAscii(typed).replace(/[\s().-]/g, '')
  if (/^\d{4,8}$/.test(digits)) return { lastDigits: digits }
  const phoneKey = phoneKeyOf(typed)
  return phoneKey === undefined ? undefined : { phoneKey }
}

const leadView = (lead: ListedLead) => ({
  id: lead.id,
  accepted_at: lead.acceptedAt.toISOString(),
  phone: maskedPhone(lead.phone),
  state: lead.state,
  source: lead.source ?? null,
  campaign: lead.campaign ?? null,
  variant: lead.variant ?? null,
  language: lead.language ?? null,
  suspect: lead.suspect,
  owner: lead.owner ?? null,
  notes: lead.notes,
})

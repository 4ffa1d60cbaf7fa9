import { isId } from '../../batching/ids.ts'
import type { Cursors } from '../../desk/cursor.ts'
import type { SoughtPhone } from '../../desk/person.ts'
import {
  type LeadDesk,
  type LeadRequests,
  type ListedLead,
  leadStates,
  maskedPhone,
  noteLengthMax,
  type SpeedFigure,
  shownDigits,
  workStates,
} from '../../desk/work.ts'
import { actorOf } from '../../operators/audit.ts'
import type { Operator } from '../../operators/operator-key.ts'
import { InvalidFields, Problem, unavailable } from '../../problem.ts'
import type { SlowBodies } from '../request/slow-bodies.ts'
import { type OperatorDoorDeps, operatorRoutes } from './door.ts'
import { fieldsOf, queryFieldsOf, timeOf } from './fields.ts'
import { askerOf, asksMoreThanShown, readFilter, stateOf } from './lead-filter.ts'
import { details } from './leads-openapi.ts'
import { orUnavailable } from './or-unavailable.ts'

export type AdminLeadRouteDeps = Readonly<{
  door: OperatorDoorDeps
  leadDesk: LeadDesk
  /** Absent where there is no request log. */
  leadRequests?: LeadRequests
  cursors: Cursors
  /** The keyed hash of a phone in any spelling, or undefined where the text is none. */
  phoneKeyOf(typed: string): string | undefined
  soughtPhone: SoughtPhone
  /** Where the firm is: its days begin there. */
  timeZone: string
  bodies?: SlowBodies
}>

const root = '/api/admin/leads'
const shown = 50
const requestsShown = 20
// As long as it takes to see whether calls are quick enough.
const speedOfMs = 7 * 86_400_000

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
    .get(root, { ...read, detail: details.list }, ({ request, operator }) =>
      orUnavailable(async () => {
        const { after: cursor, ...sent } = queryFieldsOf(request)
        const asker = askerOf(operator, deps)
        const filterAt = (nowMs: number) => readFilter(sent, deps.soughtPhone, { ...asker, nowMs })
        const { filter, askedMs, after } =
          cursor === undefined
            ? { filter: filterAt(asker.nowMs), askedMs: asker.nowMs, after: undefined }
            : deps.cursors.read(cursor, filterAt)
        if (asksMoreThanShown(filter) && !maySeePhones(operator)) throw onlyShownDigits()
        const [found, counts] = await Promise.all([
          desk.list(filter, shown + 1, after),
          after === undefined ? desk.count(filter) : undefined,
        ])
        const leads = found.slice(0, shown)
        const next = found.length > shown ? deps.cursors.write(leads.at(-1)!, { filter, askedMs }) : null
        return { data: leads.map(leadView), next, counts: counts ?? null }
      }),
    )
    .get(`${root}/speed`, { ...read, detail: details.speed }, async ({ request }) => {
      const since = timeOf(queryFieldsOf(request), 'since') ?? new Date(deps.door.nowMs() - speedOfMs)
      const { all, byCaller, byCampaign, byHour } = await orUnavailable(() => desk.speed(since))
      return {
        since: since.toISOString(),
        all: all ? figureView(all) : null,
        by_caller: byCaller.map(figureView),
        by_campaign: byCampaign.map(figureView),
        by_hour: byHour.map(figureView),
      }
    })
    .get(`${root}/:id`, { ...read, detail: details.one }, async ({ params }) => {
      const id = idOf(params)
      const [lead, notes, timeline] = await Promise.all([
        oneOf(id),
        orUnavailable(() => desk.notes(id)),
        orUnavailable(() => desk.timeline(id)),
      ])
      return { lead, notes: notes.map(dated), timeline: timeline.map(dated) }
    })
    .get(`${root}/:id/requests`, { ...read, detail: details.requests }, async ({ params }) => {
      const lead = orNone(await orUnavailable(() => desk.find(idOf(params))))
      const phoneKey = deps.phoneKeyOf(lead.phone)
      const found =
        phoneKey === undefined || !deps.leadRequests
          ? []
          : await deps.leadRequests.of(phoneKey, requestsShown).catch((error) => {
              throw unavailable('The request log does not answer.', error)
            })
      return { data: found.map(dated) }
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
      const { was, state, undo = false } = await fieldsOf(visit, ['was', 'state', 'undo'], bodies)
      if (typeof undo !== 'boolean') throw new InvalidFields({ undo: ['invalid'] })
      const change = {
        was: stateOf('was', was, leadStates),
        state: stateOf('state', state, workStates),
        undo,
      }
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

/** One by one, or all of them in a file. */
const maySeePhones = ({ rights }: Operator) => rights.has('leads.reveal') || rights.has('leads.export')
const onlyShownDigits = () =>
  new Problem('forbidden', `Who may not see phones finds them by their last ${shownDigits} digits alone.`)

const dated = <Dated extends Readonly<{ at: Date }>>(what: Dated) => ({ ...what, at: what.at.toISOString() })

const figureView = ({ name, leads, medianS, withinFiveMinutes }: SpeedFigure) => ({
  ...{ name, leads },
  median_s: medianS,
  within_5_min: withinFiveMinutes,
})

const leadView = (lead: ListedLead) => ({
  id: lead.id,
  accepted_at: lead.acceptedAt.toISOString(),
  phone: maskedPhone(lead.phone),
  state: lead.state,
  source: lead.source ?? null,
  campaign: lead.campaign ?? null,
  first_source: lead.firstSource ?? null,
  first_campaign: lead.firstCampaign ?? null,
  variant: lead.variant ?? null,
  language: lead.language ?? null,
  device: lead.device ?? null,
  landing: lead.landing ?? null,
  suspect: lead.suspect,
  owner: lead.owner ?? null,
  notes: lead.notes,
})

import { isId } from '../../batching/ids.ts'
import { type DeliveryDesk, DeskFault, type EndpointReport } from '../../deliveries/desk.ts'
import type { KeptAttempt } from '../../deliveries/ports.ts'
import { targetOptions } from '../../deliveries/targets.ts'
import type { Log } from '../../log.ts'
import { type Actor, actorOf } from '../../operators/audit.ts'
import { InvalidFields, InvalidInput, Problem, unavailable } from '../../problem.ts'
import type { SlowBodies } from '../request/slow-bodies.ts'
import { queryOf } from '../request/target.ts'
import { details } from './deliveries-openapi.ts'
import { type OperatorDoorDeps, type OperatorVisit, operatorRoutes } from './door.ts'
import { fieldsOf, timeOf } from './fields.ts'

export type AdminDeliveryRouteDeps = Readonly<{
  door: OperatorDoorDeps
  deliveries(by: Actor): DeliveryDesk
  bodies?: SlowBodies
  log: Log
}>

type Visit = OperatorVisit<'/api/admin/deliveries/:key'>

const attemptsShown = 100
const root = '/api/admin/deliveries'
const addressFields = [...targetOptions.map(({ name }) => name), 'url', 'headers']
const newFields = [
  ...addressFields,
  ...['target', 'secret', 'thin', 'concurrency', 'per_second'],
  ...['campaign', 'source', 'variant', 'language', 'suspect', 'events', 'notices'],
]

/** Who is told of leads, for operators: the same that `bun run deliveries` does. */
export function adminDeliveryRoutes(deps: AdminDeliveryRouteDeps) {
  const change = { right: 'deliveries.change' } as const

  /** Does what is asked, and writes down who did it. */
  async function done<T>({ params, operator }: Visit, what: string, work: () => Promise<T>): Promise<T> {
    const result = await orProblem(work)
    deps.log.info('admin.changed', { kind: 'delivery', key: params.key, by: operator.id, what })
    return result
  }

  const deskOf = ({ operator }: Pick<Visit, 'operator'>) => deps.deliveries(actorOf(operator))

  return operatorRoutes(deps.door)
    .get(root, { right: 'deliveries.read', detail: details.list }, async (visit) => {
      const [found, since] = await orProblem(() =>
        Promise.all([deskOf(visit).list(), deskOf(visit).heldSince()]),
      )
      return { endpoints: found.map(endpointView), held_since: since?.toISOString() ?? null }
    })
    .get(`${root}/:key/attempts`, { right: 'deliveries.read', detail: details.attempts }, async (visit) => {
      const leadId = queryOf(visit.request.url).get('lead_id') ?? undefined
      if (leadId !== undefined && !isId(leadId)) throw new InvalidFields({ lead_id: ['not_an_id'] })
      const of = { name: visit.params.key, ...(leadId !== undefined && { leadId }) }
      return { attempts: (await orProblem(() => deskOf(visit).attempts(of, attemptsShown))).map(attemptView) }
    })
    .put('/api/admin/deliveries-held', { ...change, detail: details.resumeAll }, async (visit) => {
      const { held } = await fieldsOf(visit, ['held'], deps.bodies)
      if (held !== false) throw new InvalidFields({ held: ['not_false'] })
      await orProblem(() => deskOf(visit).resumeAll())
      deps.log.info('admin.changed', { kind: 'delivery', by: visit.operator.id, what: 'let go' })
      return { held: false }
    })
    .put(`${root}/:key`, { ...change, detail: details.add }, async (visit) => {
      const fields = await fieldsOf(visit, newFields, deps.bodies)
      const { endpoint, secret } = await done(visit, 'added', () =>
        deskOf(visit).add({ ...fields, name: visit.params.key }),
      )
      return { name: endpoint.name, ...(secret !== undefined && { secret }) }
    })
    .put(`${root}/:key/state`, { ...change, detail: details.state }, async (visit) => {
      const { state } = await fieldsOf(visit, ['state'], deps.bodies)
      if (state !== 'on' && state !== 'paused') throw new InvalidFields({ state: ['not_on_or_paused'] })
      await done(visit, state, () =>
        state === 'on' ? deskOf(visit).resume(visit.params.key) : deskOf(visit).pause(visit.params.key),
      )
      return { state }
    })
    .put(`${root}/:key/recovery`, { ...change, detail: details.recovery }, async (visit) => {
      const since = timeOf(await fieldsOf(visit, ['since'], deps.bodies), 'since')
      return {
        sent_again: await done(visit, 'recovered', () => deskOf(visit).recover(visit.params.key, since)),
      }
    })
    .put(`${root}/:key/replay`, { ...change, detail: details.replay }, async (visit) => {
      const fields = await fieldsOf(visit, ['lead_id', 'since', 'until', 'really'], deps.bodies)
      const { lead_id: leadId, really = false } = fields
      if (leadId !== undefined && (typeof leadId !== 'string' || !isId(leadId)))
        throw new InvalidFields({ lead_id: ['not_an_id'] })
      if (typeof really !== 'boolean') throw new InvalidFields({ really: ['not_a_boolean'] })
      const range = { leadId, since: timeOf(fields, 'since'), until: timeOf(fields, 'until') }
      if (leadId === undefined && range.since === undefined) throw new InvalidFields({ since: ['required'] })
      const what = really ? 'replayed' : 'counted for a replay'
      const count = await done(visit, what, () => deskOf(visit).replay(visit.params.key, range, really))
      return { [really ? 'sent_again' : 'would_be_sent_again']: count }
    })
    .put(`${root}/:key/address`, { ...change, detail: details.address }, async (visit) => {
      const fields = await fieldsOf(visit, addressFields, deps.bodies)
      await done(visit, 'given another address', () => deskOf(visit).move(visit.params.key, fields))
      return { name: visit.params.key }
    })
    .put(`${root}/:key/secret`, { ...change, detail: details.secret }, async (visit) => {
      await fieldsOf(visit, [], deps.bodies)
      return { secret: await done(visit, 'given a new secret', () => deskOf(visit).rotate(visit.params.key)) }
    })
    .put(`${root}/:key/test`, { ...change, detail: details.test }, async (visit) => {
      await fieldsOf(visit, [], deps.bodies)
      const { request, answer, outcome, tookMs } = await done(visit, 'tested', () =>
        deskOf(visit).test(visit.params.key),
      )
      return {
        delivered: outcome.kind === 'delivered',
        because: 'because' in outcome ? outcome.because : null,
        request: { headers: request.headers, body: request.body },
        answer: { status: answer.status, body: answer.body.slice(0, 2_048) },
        took_ms: Math.round(tookMs),
      }
    })
    .delete(`${root}/:key`, { ...change, detail: details.remove }, async (visit) => {
      await done(visit, 'removed', () => deskOf(visit).remove(visit.params.key))
      return { removed: visit.params.key }
    }).routes
}

async function orProblem<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof InvalidInput || error instanceof Problem) throw error
    if (!(error instanceof DeskFault))
      throw unavailable('Postgres does not answer. Nothing was changed.', error)
    throw new Problem(error.kind === 'unknown' ? 'not_found' : 'not_deliverable', error.message)
  }
}

const endpointView = ({ endpoint, figures }: EndpointReport) => ({
  name: endpoint.name,
  target: endpoint.target,
  host: endpoint.host,
  state: endpoint.state,
  because: endpoint.because ?? null,
  since: endpoint.since.toISOString(),
  wanted: endpoint.wanted,
  concurrency: endpoint.concurrency,
  per_second: endpoint.perSecond ?? null,
  waiting: figures.waiting,
  oldest_waiting_s: Math.round(figures.oldestWaitingS),
  parked: figures.parked,
  last_day: { delivered: figures.delivered, failed: figures.failed, median_ms: figures.medianMs },
  last_failure: figures.lastFailure,
  last_failure_at: figures.lastFailureAt?.toISOString() ?? null,
})

const attemptView = (attempt: KeptAttempt) => ({
  lead_id: attempt.leadId,
  event: attempt.event,
  attempt: attempt.attempt,
  at: attempt.at.toISOString(),
  took_ms: attempt.tookMs,
  outcome: attempt.outcome,
  status: attempt.status,
  because: attempt.because,
  answer: attempt.answer,
  answer_sha256: attempt.answerHash,
})

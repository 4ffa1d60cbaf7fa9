import { t } from 'elysia'
import { isId } from '../../batching/ids.ts'
import type { QueueReader, Replay, Replays } from '../../desk/queue.ts'
import { actorOf } from '../../operators/audit.ts'
import { InvalidFields } from '../../problem.ts'
import { jsonAnswer } from '../docs/answers.ts'
import type { SlowBodies } from '../request/slow-bodies.ts'
import { adminTag, changeAnswers, jsonRequest } from './change.ts'
import { type OperatorDoorDeps, operatorRoutes } from './door.ts'
import { fieldsOf } from './fields.ts'
import { orUnavailable } from './or-unavailable.ts'

export type AdminQueueRouteDeps = Readonly<{
  door: OperatorDoorDeps
  queue: QueueReader
  replays: Pick<Replays, 'ask' | 'list'>
  bodies?: SlowBodies
}>

const replaysShown = 10

/** What is acknowledged and not stored yet, what could not be, and the wish to try that again. */
export function adminQueueRoutes({ door, queue, replays, bodies }: AdminQueueRouteDeps) {
  return operatorRoutes(door)
    .get('/api/admin/queue', { right: 'leads.read', detail: details.queue }, () =>
      orUnavailable(async () => {
        const [{ redis = null, failed, quarantined, workers }, latest] = await Promise.all([
          queue.read(),
          replays.list(replaysShown),
        ])
        return {
          redis:
            redis === 'away' || redis === null
              ? redis
              : { ...redis, oldestWaitingS: undefined, oldest_waiting_s: redis.oldestWaitingS },
          failed: failed.map(({ at, ...batch }) => ({ ...batch, at: at?.toISOString() ?? null })),
          quarantined: {
            count: quarantined.count,
            latest: quarantined.latest.map(({ id, acceptedAt, at, reason }) => ({
              ...{ id, accepted_at: acceptedAt.toISOString(), at: at.toISOString(), reason },
            })),
          },
          workers: workers.map(({ heardS, idleBecause }) => ({
            heard_s: heardS,
            idle_because: idleBecause ?? null,
          })),
          replays: latest.map(replayView),
        }
      }),
    )
    .post('/api/admin/queue/replay', { right: 'leads.replay', detail: details.replay }, async (visit) => {
      const { lead } = await fieldsOf(visit, ['lead'], bodies)
      if (lead !== undefined && !(typeof lead === 'string' && isId(lead)))
        throw new InvalidFields({ lead: ['invalid'] })
      return {
        replay: replayView(
          await orUnavailable(() => replays.ask(actorOf(visit.operator), lead as string | undefined)),
        ),
      }
    }).routes
}

const replayView = ({ id, leadId, askedAt, by, replayed, finishedAt }: Replay) => ({
  ...{ id, lead: leadId ?? null, asked_at: askedAt.toISOString(), by: by.name },
  ...{ finished_at: finishedAt?.toISOString() ?? null, replayed: replayed ?? null },
})

const count = t.Integer()
const orNull = t.Union([t.String(), t.Null()])
const replay = t.Object({
  id: t.String(),
  lead: orNull,
  asked_at: t.String(),
  by: t.String(),
  finished_at: orNull,
  replayed: t.Union([
    t.Object({
      stored: count,
      stay: t.Array(t.Object({ reason: t.String(), count })),
      queued: count,
    }),
    t.Null(),
  ]),
})
const details = {
  queue: {
    ...adminTag,
    operationId: 'queue',
    summary: 'What is acknowledged and not stored yet, and what could not be stored',
    description:
      '`redis` is null without Redis and `away` while it does not answer. Leads that wait are counted in up to 20 batches, and so many for each of the others. No phone is among it.',
    responses: {
      200: jsonAnswer(
        'As it is now',
        t.Object({
          redis: t.Union([
            t.Object({ batches: count, leads: count, oldest_waiting_s: count, failed: count }),
            t.Literal('away'),
            t.Null(),
          ]),
          failed: t.Array(t.Object({ id: t.String(), at: orNull, leads: count, reason: t.String() })),
          quarantined: t.Object({
            count,
            latest: t.Array(
              t.Object({ id: t.String(), accepted_at: t.String(), at: t.String(), reason: t.String() }),
            ),
          }),
          workers: t.Array(t.Object({ heard_s: count, idle_because: orNull })),
          replays: t.Array(replay),
        }),
      ),
    },
  },
  replay: {
    ...adminTag,
    operationId: 'replay',
    summary: 'Store again what could not be stored',
    description:
      'One lead in quarantine, or without `lead` all of them and every batch that was given up. A worker does it within seconds; what came of it stands in the queue and in the audit. Whoever asks while the same is asked already gets that.',
    requestBody: jsonRequest(t.Object({ lead: t.Optional(t.String({ format: 'uuid' })) }), {}),
    responses: { ...changeAnswers, 200: jsonAnswer('What was asked', t.Object({ replay })) },
  },
}

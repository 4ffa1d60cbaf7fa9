import { t } from 'elysia'
import { movingOf, type SourcesReader } from '../../desk/sources.ts'
import { type Answers, type Hour, hourMs, type Today, type TodayReader, weekMs } from '../../desk/today.ts'
import type { Live } from '../../live/live.ts'
import { jsonAnswer } from '../docs/answers.ts'
import { adminTag } from './change.ts'
import { type OperatorDoorDeps, operatorRoutes } from './door.ts'
import { orUnavailable } from './or-unavailable.ts'

export type AdminTodayRouteDeps = Readonly<{
  door: OperatorDoorDeps
  today: TodayReader
  sources: SourcesReader
  live: Pick<Live, 'current'>
  timeZone: string
  nowMs(): number
}>

/** Whether it works at this moment, and how it goes beside the same hours of a week before. */
export function adminTodayRoutes({ door, today, sources, live, timeZone, nowMs }: AdminTodayRouteDeps) {
  return operatorRoutes(door)
    .get('/api/admin/today', { right: 'leads.read', detail }, () => {
      const experiment = live.current().experiments.keys().next().value ?? ''
      return orUnavailable(async () => view(await today.read(new Date(nowMs()), experiment)))
    })
    .get('/api/admin/today/speed', { right: 'leads.read', detail: speedDetail }, () => {
      const to = new Date(nowMs())
      const span = { from: new Date(to.getTime() - weekMs), to, timeZone }
      return orUnavailable(async () => ({
        time_zone: timeZone,
        hours: (await sources.speedByHour(span)).map(({ hour, called, calledSoon, medianWaitS }) => ({
          ...{ hour, called, called_within_5_min: calledSoon, median_wait_s: medianWaitS },
        })),
      }))
    })
    .get('/api/admin/today/moving', { right: 'leads.read', detail: movingDetail }, () => {
      const running = [...live.current().experiments.values()].flatMap((each) =>
        each.running ? [each.key] : [],
      )
      const to = new Date(nowMs())
      const span = { from: new Date(to.getTime() - dayMs), to }
      const spanBefore = { from: new Date(span.from.getTime() - weekMs), to: new Date(to.getTime() - weekMs) }
      return orUnavailable(async () => {
        const [now, before, variants, answers, answersBefore, refused] = await Promise.all([
          sources.read({ dimension: 'source', touch: 'last', ...span }),
          sources.read({ dimension: 'source', touch: 'last', ...spanBefore }),
          today.variants(running, span.from, span.to),
          today.answers(span.from, span.to),
          today.answers(spanBefore.from, spanBefore.to),
          today.refusedMost(span.from, span.to),
        ])
        return {
          sources: movingOf(now.figures, before.figures, movingShown),
          variants,
          answers: { now: answersView(answers), before: answersView(answersBefore) },
          refused_most: refused,
        }
      })
    }).routes
}

const dayMs = 24 * hourMs
const movingShown = 6
const answersView = ({ outcomes, p95Ms }: Answers) => ({ outcomes, p95_ms: p95Ms })

const view = ({ hours, untouched, quarantined, deliveries }: Today) => ({
  hours: hours.map(({ startsAt, now, before }) => ({ starts_at: startsAt.toISOString(), now, before })),
  untouched: untouched && {
    ...{ count: untouched.count, exact: untouched.exact },
    oldest_at: untouched.oldestAt?.toISOString() ?? null,
  },
  quarantined: {
    count: quarantined.count,
    latest: quarantined.latest.map(({ id, at, reason }) => ({ id, at: at.toISOString(), reason })),
  },
  deliveries: {
    waiting: deliveries.waiting,
    oldest_waiting_s: deliveries.oldestWaitingS,
    parked: deliveries.parked,
  },
})

const count = t.Integer()
const hour = t.Object({
  leads: count,
  suspects: count,
  duplicates: count,
  visits: count,
} satisfies Record<keyof Hour, unknown>)
const detail = {
  ...adminTag,
  operationId: 'today',
  summary: 'How it goes at this moment',
  description:
    'The last 24 hours, the one that runs among them, each beside the same hour of a week before; that of now ends there at the same minute. Hours that are over are counted anew every ten minutes.',
  responses: {
    200: jsonAnswer(
      'As it is now',
      t.Object({
        hours: t.Array(t.Object({ starts_at: t.String(), now: hour, before: hour })),
        untouched: t.Union([
          t.Object({ count, exact: t.Boolean(), oldest_at: t.Union([t.String(), t.Null()]) }),
          t.Null(),
        ]),
        quarantined: t.Object({
          count,
          latest: t.Array(t.Object({ id: t.String(), at: t.String(), reason: t.String() })),
        }),
        deliveries: t.Object({ waiting: count, oldest_waiting_s: count, parked: count }),
      }),
    ),
  },
}

const speedDetail = {
  ...adminTag,
  operationId: 'speedToday',
  summary: 'How soon leads are called, by the hour of the day',
  description:
    'Of the last seven days, by the hour in which they came, in the zone of the installation; from what was counted, so that a median is right to a fifth. Hours without a lead that was called are left out.',
  responses: {
    200: jsonAnswer(
      'The hours in order',
      t.Object({
        time_zone: t.String(),
        hours: t.Array(
          t.Object({
            hour: t.String(),
            called: count,
            called_within_5_min: count,
            median_wait_s: t.Union([count, t.Null()]),
          }),
        ),
      }),
    ),
  },
}
const answered = t.Object({
  outcomes: t.Record(t.String(), count),
  p95_ms: t.Union([t.Number(), t.Null()]),
})
const movingDetail = {
  ...adminTag,
  operationId: 'moving',
  summary: 'What has changed since a week ago',
  description:
    'Of the last 24 hours, by the quarter of an hour. Sources with what brought the most leads then or now; variants of the experiments that run; what submissions were answered with by all processes, and within how many milliseconds 95 of 100 were; and whom the limiter refused most, by their network and not their address.',
  responses: {
    200: jsonAnswer(
      'As it is now',
      t.Object({
        sources: t.Array(t.Object({ value: t.String(), leads: count, before: count })),
        variants: t.Array(
          t.Object({ experiment: t.String(), variant: t.String(), exposed: count, converted: count }),
        ),
        answers: t.Object({ now: answered, before: answered }),
        refused_most: t.Array(t.Object({ network: t.String(), refused: count })),
      }),
    ),
  },
}

import { t } from 'elysia'
import type { Hour, Today, TodayReader } from '../../desk/today.ts'
import type { Live } from '../../live/live.ts'
import { jsonAnswer } from '../docs/answers.ts'
import { adminTag } from './change.ts'
import { type OperatorDoorDeps, operatorRoutes } from './door.ts'
import { orUnavailable } from './or-unavailable.ts'

export type AdminTodayRouteDeps = Readonly<{
  door: OperatorDoorDeps
  today: TodayReader
  live: Pick<Live, 'current'>
  nowMs(): number
}>

/** Whether it works at this moment, and how it goes beside the same hours of a week before. */
export function adminTodayRoutes({ door, today, live, nowMs }: AdminTodayRouteDeps) {
  return operatorRoutes(door).get('/api/admin/today', { right: 'leads.read', detail }, () => {
    const experiment = live.current().experiments.keys().next().value ?? ''
    return orUnavailable(async () => view(await today.read(new Date(nowMs()), experiment)))
  }).routes
}

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

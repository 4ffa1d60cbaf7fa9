import { sql } from 'kysely'
import { lateAfterS } from '../deliveries/notice.ts'
import type { Db } from './connection.ts'
import { isOverdue } from './delivery-figures.ts'
import { olderWorkerRuns } from './heartbeats.ts'

/**
 * Finds endpoints that are parked, late, or well again, and has each told once, in the same statement, by those others that are
 * on and marked for it. Resolves with how many were told of.
 */
export async function noticeIncidents(db: Db): Promise<number> {
  const { rows } = await sql<{ id: string }>`
    with seen as (
      select endpoint.id, endpoint.state,
        case
          when endpoint.state = 'parked' then 'parked'
          when endpoint.state = 'on' and oldest.written_at is not null then 'late'
        end as found,
        case when endpoint.state = 'parked' then endpoint.because else oldest.because end as because
      from delivery_endpoints as endpoint
      left join lateral (
        select written_at, because from deliveries
        where endpoint_id = endpoint.id and deliveries.state = 'waiting' and event <> 'operator.notice'
          and written_at < now() - make_interval(secs => ${lateAfterS})
          and ${isOverdue(lateAfterS)}
        order by deliveries.because is null limit 1
      ) as oldest on true
      where not (${olderWorkerRuns})
    ), news as (
      update delivery_endpoints as endpoint set incident = found
      from seen
      where endpoint.id = seen.id and (
        (found is not null and incident is null)
        or (found = 'parked' and incident = 'late')
        or (found is null and incident is not null and seen.state = 'on'))
      returning endpoint.id, endpoint.name, found, seen.because
    ), told as (
      insert into deliveries (endpoint_id, lead_id, event, written_at, told)
      select reader.id, gen_random_uuid(), 'operator.notice', now(), jsonb_build_object(
        'notice', jsonb_build_object('endpoint', news.name, 'trouble', found, 'because', news.because))
      from news join delivery_endpoints as reader
        on reader.id <> news.id and reader.state = 'on' and reader.wanted ? 'notices'
    )
    select id from news`.execute(db)
  return rows.length
}

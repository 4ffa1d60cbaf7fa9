import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { RotateCcw } from 'lucide-react'
import { Badge } from '../../ui/desk/badge.tsx'
import { Button } from '../../ui/desk/button.tsx'
import { Figure, Figures } from '../../ui/desk/figures.tsx'
import { Notice } from '../../ui/desk/notice.tsx'
import { Part, ScreenHead } from '../../ui/desk/panel.tsx'
import { Table } from '../../ui/desk/table.tsx'
import { Fault } from '../faults.tsx'
import { useLook, useWordsFrom } from '../look.tsx'
import { askReplay, getQueue, type Quarantined as OneQuarantined, type Queue as Told } from '../queue.ts'
import { useSession } from '../session.ts'
import { queueWords } from '../words/queue.ts'

// Asked only while somebody looks: a tab in the background asks nothing.
const lookAgainMs = 5_000

/** What is acknowledged and not stored yet, and what could not be stored. */
export function Queue() {
  const { common } = useLook().words
  const words = useWordsFrom(queueWords)
  const { rights } = useSession()
  const queries = useQueryClient()
  const found = useQuery({ queryKey: ['queue'], queryFn: getQueue, refetchInterval: lookAgainMs })
  const replay = useMutation({
    mutationFn: (lead: string | undefined) => askReplay(lead),
    onSettled: () => queries.invalidateQueries({ queryKey: ['queue'] }),
  })
  const onReplay = rights.includes('leads.replay') ? (lead?: string) => replay.mutate(lead) : undefined
  const hasSome = found.data && found.data.quarantined.count + found.data.failed.length > 0
  return (
    <div className="grid gap-6">
      <ScreenHead title={words.title} about={words.about}>
        {onReplay && hasSome && (
          <Button busy={replay.isPending} onClick={() => onReplay()}>
            <RotateCcw size={18} aria-hidden="true" />
            {words.replayAll}
          </Button>
        )}
      </ScreenHead>
      <Fault error={found.error ?? replay.error} />
      {replay.isSuccess && <Notice look="good">{words.asked}</Notice>}
      {found.isPending && <p className="text-soft">{common.loading}</p>}
      {found.data && <Shown of={found.data} {...(onReplay && { onReplay })} />}
    </div>
  )
}

type ShownProps = Readonly<{ of: Told; onReplay?: (lead?: string) => void }>

function Shown({ of: told, onReplay }: ShownProps) {
  const words = useWordsFrom(queueWords)
  return (
    <>
      <Waiting of={told} />
      <Quarantined of={told} {...(onReplay && { onReplay })} />
      {told.failed.length > 0 && <Failed of={told} />}
      {told.replays.length > 0 && (
        <Part title={words.replays}>
          <Replays of={told.replays} />
        </Part>
      )}
    </>
  )
}

function Waiting({ of: { redis, workers } }: Readonly<{ of: Told }>) {
  const { number, lasting } = useLook()
  const words = useWordsFrom(queueWords)
  const idle = workers.flatMap(({ idle_because }) => (idle_because ? [idle_because] : []))
  return (
    <>
      {redis === 'away' && <Notice look="danger">{words.away}</Notice>}
      {redis === null && <Notice>{words.withoutRedis}</Notice>}
      {workers.length === 0 && <Notice look="danger">{words.noWorkers}</Notice>}
      <Figures>
        {redis && redis !== 'away' && (
          <>
            <Figure
              name={words.leads}
              value={number(redis.leads)}
              about={redis.batches === 0 ? words.nothingWaits : words.batches(number(redis.batches))}
            />
            <Figure
              name={words.oldest}
              value={redis.batches === 0 ? '–' : lasting(redis.oldest_waiting_s)}
              about=""
            />
          </>
        )}
        <Figure
          name={words.workers}
          value={number(workers.length)}
          isBad={workers.length === 0 || idle.length === workers.length}
          about={[...new Set(idle)].map((because) => (
            <bdi key={because} className="block">
              {words.idle}: {because}
            </bdi>
          ))}
        />
      </Figures>
    </>
  )
}

/** Leads that could not be stored, with the reason and the way back. */
function Quarantined({ of: { quarantined }, onReplay }: ShownProps) {
  const { number } = useLook()
  const words = useWordsFrom(queueWords)
  const { count, latest } = quarantined
  return (
    <Part title={words.quarantined} about={words.quarantinedAbout}>
      {count === 0 ? (
        <Notice>{words.none}</Notice>
      ) : (
        <>
          {latest.length < count && (
            <p className="text-sm text-soft">{words.latestOf(number(latest.length), number(count))}</p>
          )}
          <Table
            caption={words.quarantined}
            rows={latest}
            keyOf={({ id }) => id}
            columns={[
              { head: words.came, cell: ({ accepted_at }) => <Moment at={accepted_at} /> },
              { head: words.when, cell: ({ at }) => <Moment at={at} /> },
              { head: words.reason, cell: ({ reason }) => <bdi>{reason}</bdi> },
              ...(onReplay
                ? [
                    {
                      ...{ head: words.replay, bare: true as const },
                      cell: ({ id }: OneQuarantined) => (
                        <Button look="quiet" className="whitespace-nowrap" onClick={() => onReplay(id)}>
                          {words.replay}
                        </Button>
                      ),
                    },
                  ]
                : []),
            ]}
          />
        </>
      )}
    </Part>
  )
}

function Failed({ of: { failed } }: Readonly<{ of: Told }>) {
  const { number } = useLook()
  const words = useWordsFrom(queueWords)
  return (
    <Part title={words.failed} about={words.failedAbout}>
      <Table
        caption={words.failed}
        rows={failed}
        keyOf={({ id }) => id}
        columns={[
          { head: words.came, cell: ({ at }) => (at ? <Moment at={at} /> : '–') },
          { head: words.leads, isFigure: true, cell: ({ leads }) => number(leads) },
          { head: words.reason, cell: ({ reason }) => <bdi>{reason || '–'}</bdi> },
        ]}
      />
    </Part>
  )
}

function Replays({ of }: Readonly<{ of: Told['replays'] }>) {
  const { number } = useLook()
  const words = useWordsFrom(queueWords)
  return (
    <Table
      caption={words.replays}
      rows={of}
      keyOf={({ id }) => id}
      columns={[
        { head: words.when, cell: ({ asked_at }) => <Moment at={asked_at} /> },
        { head: words.who, cell: ({ by }) => <bdi>{by}</bdi> },
        { head: words.what, cell: ({ lead }) => (lead ? words.one : words.all) },
        {
          head: words.outcome,
          cell: ({ replayed }) =>
            replayed ? (
              <ul>
                <li>{words.stored(number(replayed.stored))}</li>
                {replayed.queued > 0 && <li>{words.queued(number(replayed.queued))}</li>}
                {replayed.stay.map(({ reason, count }) => (
                  <li key={reason}>
                    <bdi>{words.stay(number(count), reason)}</bdi>
                  </li>
                ))}
              </ul>
            ) : (
              <Badge look="warn">{words.running}</Badge>
            ),
        },
      ]}
    />
  )
}

function Moment({ at }: Readonly<{ at: string }>) {
  return <span className="md:whitespace-nowrap">{useLook().moment(at)}</span>
}

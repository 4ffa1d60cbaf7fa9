import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Figure, Figures } from '../../ui/desk/figures.tsx'
import { Notice } from '../../ui/desk/notice.tsx'
import { Part } from '../../ui/desk/panel.tsx'
import { Short } from '../../ui/desk/short.tsx'
import { Table } from '../../ui/desk/table.tsx'
import { useLook, useWordsFrom } from '../look.tsx'
import { getQueue, type Queue } from '../queue.ts'
import { type Answered, getMoving, type Moving } from '../today.ts'
import { todayWords } from '../words/today.ts'
import { Change } from './today-change.tsx'

const lookAgainMs = 5_000
const kept: ReadonlySet<string> = new Set(['accepted', 'duplicate', 'replayed'])

export const useMoving = () =>
  useQuery({ queryKey: ['today', 'moving'], queryFn: getMoving, refetchInterval: lookAgainMs })

/** How submissions fare on their way into the table. */
export function OnTheWay() {
  const { number, share, lasting } = useLook()
  const words = useWordsFrom(todayWords)
  const { data: queue } = useQuery({ queryKey: ['queue'], queryFn: getQueue, refetchInterval: lookAgainMs })
  const { data: moving } = useMoving()
  if (!queue || !moving) return null
  const { all, refused } = refusedIn(moving.answers.now)
  const { p95_ms: p95 } = moving.answers.now
  const waiting = waitingOf(queue, { words, number, lasting })
  return (
    <Figures>
      <Figure
        name={words.queue}
        value={waiting.value}
        isBad={queue.redis === 'away'}
        about={
          <Link to="/queue" className="underline-offset-4 hover:underline">
            {waiting.about}
          </Link>
        }
      />
      <Figure
        name={words.workers}
        value={number(queue.workers.length)}
        isBad={queue.workers.length === 0}
        about=""
      />
      <Figure
        name={words.refused}
        value={number(refused)}
        about={all > 0 && words.ofAll(share(refused / all))}
      />
      <Figure name={words.p95} value={p95 === null ? '–' : words.within(number(p95))} about={words.p95Hint} />
    </Figures>
  )
}

type Said = Readonly<{
  words: (typeof todayWords)['en']
  number(value: number): string
  lasting(seconds: number): string
}>

function waitingOf({ redis }: Queue, { words, number, lasting }: Said) {
  if (redis === null) return { value: '–', about: words.without }
  if (redis === 'away') return { value: '–', about: words.away }
  const { leads, batches, oldest_waiting_s: oldest } = redis
  return { value: number(leads), about: batches === 0 ? words.queueEmpty : words.waits(lasting(oldest)) }
}

function refusedIn({ outcomes }: Answered) {
  const all = Object.entries(outcomes)
  const sum = (some: typeof all) => some.reduce((total, [, count]) => total + count, 0)
  return { all: sum(all), refused: sum(all.filter(([name]) => !kept.has(name))) }
}

/** What brings leads now and did a week before, and how the variants fare. */
export function Movement() {
  const { data } = useMoving()
  if (!data) return null
  return (
    <>
      <div className="grid items-start gap-6 lg:grid-cols-2">
        <MovingSources of={data} />
        {data.variants.length > 0 && <Variants of={data} />}
      </div>
      {refusedIn(data.answers.now).refused > 0 && <Refused of={data} />}
    </>
  )
}

function MovingSources({ of: { sources } }: Readonly<{ of: Moving }>) {
  const { number } = useLook()
  const words = useWordsFrom(todayWords)
  const nameOf = (value: string) =>
    value === '(none)' ? words.nothing : value === '(other)' ? words.other : value
  return (
    <Part title={words.movingSources}>
      {sources.length === 0 ? (
        <Notice>{words.noneMoves}</Notice>
      ) : (
        <Table
          caption={words.movingSources}
          rows={sources}
          keyOf={({ value }) => value}
          columns={[
            {
              head: words.source,
              cell: ({ value }) => <Short>{nameOf(value)}</Short>,
            },
            { head: words.leads, isFigure: true, cell: ({ leads }) => number(leads) },
            { head: words.before, isFigure: true, cell: ({ before }) => number(before) },
            {
              head: words.change,
              isFigure: true,
              cell: ({ leads, before }) => <Change of={leads} than={before} isShort />,
            },
          ]}
        />
      )}
    </Part>
  )
}

function Variants({ of: { variants } }: Readonly<{ of: Moving }>) {
  const { number, share } = useLook()
  const words = useWordsFrom(todayWords)
  return (
    <Part title={words.variants}>
      <Table
        caption={words.variants}
        rows={variants}
        keyOf={({ experiment, variant }) => `${experiment}.${variant}`}
        columns={[
          {
            head: words.variant,
            cell: ({ experiment, variant }) => (
              <bdi>
                {experiment} · {variant}
              </bdi>
            ),
          },
          { head: words.exposed, isFigure: true, cell: ({ exposed }) => number(exposed) },
          { head: words.converted, isFigure: true, cell: ({ converted }) => number(converted) },
          {
            head: words.conversion,
            isFigure: true,
            cell: ({ exposed, converted }) => (exposed === 0 ? '–' : share(converted / exposed)),
          },
        ]}
      />
    </Part>
  )
}

function Refused({ of: { answers, refused_most: networks } }: Readonly<{ of: Moving }>) {
  const { number } = useLook()
  const words = useWordsFrom(todayWords)
  const why = Object.entries(answers.now.outcomes).filter(([name, count]) => !kept.has(name) && count > 0)
  return (
    <Part title={words.refusedMost} about={words.refusedAbout}>
      <div className="grid items-start gap-6 lg:grid-cols-2">
        <Table
          caption={words.refusedMost}
          rows={why}
          keyOf={([name]) => name}
          columns={[
            { head: words.reason, cell: ([name]) => words.outcomes[name] ?? name },
            { head: words.refused, isFigure: true, cell: ([, count]) => number(count) },
          ]}
        />
        {networks.length > 0 && (
          <Table
            caption={words.network}
            rows={networks}
            keyOf={({ network }) => network}
            columns={[
              {
                head: words.network,
                cell: ({ network }) => (network === '(other)' ? words.other : <bdi dir="ltr">{network}</bdi>),
              },
              { head: words.refused, isFigure: true, cell: ({ refused }) => number(refused) },
            ]}
          />
        )}
      </div>
    </Part>
  )
}

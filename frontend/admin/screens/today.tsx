import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Badge } from '../../ui/desk/badge.tsx'
import { Figure, Figures } from '../../ui/desk/figures.tsx'
import { Part, ScreenHead } from '../../ui/desk/panel.tsx'
import { Table } from '../../ui/desk/table.tsx'
import { Chart } from '../charts/chart.tsx'
import { seriesLooks } from '../charts/looks.ts'
import { Fault } from '../faults.tsx'
import { useLook, useWordsFrom } from '../look.tsx'
import { getHealth, getToday, type Health, type Hour, type Today as Told } from '../today.ts'
import { healthSaid } from '../words/health.ts'
import { todayWords } from '../words/today.ts'
import { Change } from './today-change.tsx'
import { Movement, OnTheWay } from './today-moving.tsx'
import { SpeedByHour, SpeedByWhom } from './today-speed.tsx'

// Asked only while somebody looks: a tab in the background asks nothing.
const lookAgainMs = 5_000
const looks = { ok: 'good', degraded: 'warn', down: 'danger' } as const

/** Whether it works, and whether it is worth it. */
export function Today() {
  const { common } = useLook().words
  const words = useWordsFrom(todayWords)
  const found = useQuery({ queryKey: ['today'], queryFn: getToday, refetchInterval: lookAgainMs })
  const health = useQuery({ queryKey: ['health'], queryFn: getHealth, refetchInterval: lookAgainMs })
  return (
    <div className="grid gap-6">
      <ScreenHead title={words.title} about={words.about}>
        {health.data && (
          <p role="status">
            <Badge look={looks[health.data.status]}>{words.statuses[health.data.status]}</Badge>
          </p>
        )}
      </ScreenHead>
      <Fault error={found.error} />
      {found.isPending && <p className="text-soft">{common.loading}</p>}
      {found.data && (
        <>
          <Proportions of={found.data} />
          <OnTheWay />
          <ByHour of={found.data} />
          <Movement />
          <SpeedByHour />
          <SpeedByWhom />
        </>
      )}
      <div className="grid items-start gap-6 lg:grid-cols-2">
        {health.data && <System of={health.data} />}
        {found.data && <Quarantined of={found.data} />}
      </div>
    </div>
  )
}

const sumOf = (hours: Told['hours'], side: 'now' | 'before', what: keyof Hour) =>
  hours.reduce((sum, hour) => sum + hour[side][what], 0)

function Proportions({ of: { hours, untouched, deliveries } }: Readonly<{ of: Told }>) {
  const { number, share, lasting } = useLook()
  const words = useWordsFrom(todayWords)
  const now = (what: keyof Hour) => sumOf(hours, 'now', what)
  const before = (what: keyof Hour) => sumOf(hours, 'before', what)
  const rates = [rateOf(now('leads'), now('visits')), rateOf(before('leads'), before('visits'))] as const
  const waitsS = untouched?.oldest_at ? (Date.now() - Date.parse(untouched.oldest_at)) / 1000 : 0
  return (
    <Figures>
      <Figure
        name={words.leads}
        value={number(now('leads'))}
        about={<Change of={now('leads')} than={before('leads')} />}
      />
      <Figure
        name={words.visits}
        value={number(now('visits'))}
        about={<Change of={now('visits')} than={before('visits')} />}
      />
      <Figure
        name={words.conversion}
        value={rates[0] === undefined ? '–' : share(rates[0])}
        about={
          rates[0] === undefined || rates[1] === undefined ? (
            words.conversionHint
          ) : (
            <Change of={rates[0]} than={rates[1]} />
          )
        }
      />
      <Figure
        name={words.untouched}
        value={untouched ? `${number(untouched.count)}${untouched.exact ? '' : '+'}` : '–'}
        about={
          !untouched
            ? words.tooMany
            : untouched.count === 0
              ? words.nobodyWaits
              : words.oldest(lasting(waitsS))
        }
      />
      <Figure
        name={words.suspects}
        value={number(now('suspects'))}
        about={now('leads') > 0 && `${share(now('suspects') / now('leads'))} ${words.share}`}
      />
      <Figure
        name={words.deliveries}
        value={number(deliveries.waiting)}
        isBad={deliveries.parked > 0}
        about={
          <>
            {words.waiting}
            {deliveries.parked > 0 && ` · ${number(deliveries.parked)} ${words.parked}`}
          </>
        }
      />
    </Figures>
  )
}

const rateOf = (leads: number, visits: number) => (visits === 0 ? undefined : leads / visits)

function ByHour({ of: { hours } }: Readonly<{ of: Told }>) {
  const { number, hour, moment } = useLook()
  const words = useWordsFrom(todayWords)
  return (
    <Part title={words.hours}>
      <Chart
        points={hours.map(({ starts_at }) => ({ name: hour(starts_at), said: moment(starts_at) }))}
        series={[
          {
            ...{ name: words.before, kind: 'bars', look: seriesLooks.before, said: number },
            of: hours.map(({ before }) => before.leads),
          },
          {
            ...{ name: words.now, kind: 'bars', look: seriesLooks.main, said: number },
            of: hours.map(({ now }) => now.leads),
          },
        ]}
      >
        <Table
          caption={words.hours}
          rows={hours.toReversed()}
          keyOf={({ starts_at }) => starts_at}
          columns={[
            { head: words.hour, cell: ({ starts_at }) => hour(starts_at) },
            { head: words.leads, isFigure: true, cell: ({ now }) => number(now.leads) },
            { head: words.before, isFigure: true, cell: ({ before }) => number(before.leads) },
            { head: words.visits, isFigure: true, cell: ({ now }) => number(now.visits) },
            { head: words.suspects, isFigure: true, cell: ({ now }) => number(now.suspects) },
            { head: words.duplicates, isFigure: true, cell: ({ now }) => number(now.duplicates) },
          ]}
        />
      </Chart>
    </Part>
  )
}

function System({ of: { dependencies } }: Readonly<{ of: Health }>) {
  const { number, language } = useLook()
  const words = useWordsFrom(todayWords)
  const said = { ok: words.up, down: words.down, off: words.off }
  const looksOf = { ok: 'good', down: 'danger', off: 'plain' } as const
  return (
    <Part title={words.system}>
      <ul className="divide-y divide-line rounded-xl border border-line bg-surface">
        {Object.entries(dependencies).map(([name, { status, latency_ms, detail }]) => (
          <li key={name} className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1 px-4 py-2.5">
            <span className="min-w-0">
              {words.parts[name] ?? name}
              {detail && (
                <bdi className="block text-sm break-words text-soft">{healthSaid(language, detail)}</bdi>
              )}
            </span>
            <span className="flex items-center gap-3">
              {latency_ms !== undefined && (
                <span className="text-sm text-soft tabular-nums">{words.answeredIn(number(latency_ms))}</span>
              )}
              <Badge look={looksOf[status]}>{said[status]}</Badge>
            </span>
          </li>
        ))}
      </ul>
    </Part>
  )
}

function Quarantined({ of: { quarantined } }: Readonly<{ of: Told }>) {
  const { number, moment } = useLook()
  const words = useWordsFrom(todayWords)
  const { count, latest } = quarantined
  return (
    <Part title={words.quarantined}>
      {count === 0 ? (
        <p className="rounded-xl border border-line bg-surface px-4 py-3 text-soft">{words.none}</p>
      ) : (
        <>
          <p>
            <Badge look="danger">{number(count)}</Badge>{' '}
            <Link to="/queue" className="font-medium text-brand underline-offset-4 hover:underline">
              {words.replay}
            </Link>
          </p>
          <Table
            caption={words.quarantined}
            rows={latest}
            keyOf={({ id }) => id}
            columns={[
              { head: words.when, cell: ({ at }) => moment(at) },
              { head: words.reason, cell: ({ reason }) => <bdi>{reason}</bdi> },
            ]}
          />
        </>
      )}
    </Part>
  )
}

import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Play, Scale, Square, Trophy } from 'lucide-react'
import { useState } from 'react'
import { Badge } from '../../ui/desk/badge.tsx'
import { Button } from '../../ui/desk/button.tsx'
import { Intervals } from '../../ui/desk/intervals.tsx'
import { Notice } from '../../ui/desk/notice.tsx'
import { Part, ScreenHead } from '../../ui/desk/panel.tsx'
import { Table } from '../../ui/desk/table.tsx'
import { Back } from '../back.tsx'
import {
  type Experiment,
  type ExperimentChange,
  getResults,
  type Results,
  setExperiment,
  verdictLooks,
} from '../experiments.ts'
import { Fault } from '../faults.tsx'
import { useLook, useWordsFrom } from '../look.tsx'
import { useSession } from '../session.ts'
import { experimentWords } from '../words/experiments.ts'
import { ExperimentDays } from './experiment-days.tsx'
import { StopExperiment, Weights, Winner } from './experiment-dialogs.tsx'

const effects = ['5', '10', '20', '30', '50']
type Asked = 'weights' | 'winner' | 'stop'

/** One experiment: what came of it in words first, then in figures, and what can be done about it. */
export function OneExperiment({ experiment, effect }: Readonly<{ experiment: Experiment; effect: string }>) {
  const { key, running, on_page } = experiment
  const common = useLook().words.common
  const words = useWordsFrom(experimentWords)
  const { rights } = useSession()
  const queries = useQueryClient()
  const [asked, setAsked] = useState<Asked>()
  const found = useQuery({
    queryKey: ['results', key, effect],
    queryFn: () => getResults(key, effect),
    placeholderData: keepPreviousData,
  })
  const change = useMutation({
    mutationFn: (what: ExperimentChange) => setExperiment(key, what),
    onSuccess: () => setAsked(undefined),
    onSettled: () =>
      Promise.all([
        queries.invalidateQueries({ queryKey: ['experiments'] }),
        queries.invalidateQueries({ queryKey: ['results', key] }),
      ]),
  })
  const dialog = { experiment, change, onClose: () => setAsked(undefined) }
  return (
    <div className="grid gap-6">
      <div className="grid gap-2">
        <Back label={words.back} />
        <ScreenHead title={key}>
          <span className="flex flex-wrap items-center gap-2">
            <Badge look={running ? 'good' : 'plain'}>{running ? words.running : words.stopped}</Badge>
            {rights.includes('experiments.change') && (
              <>
                {running ? (
                  <Button look="quiet" onClick={() => setAsked('stop')}>
                    <Square size={16} aria-hidden="true" />
                    {words.stop}
                  </Button>
                ) : (
                  <Button
                    look="quiet"
                    busy={change.isPending}
                    onClick={() => change.mutate({ running: true })}
                  >
                    <Play size={16} aria-hidden="true" />
                    {words.start}
                  </Button>
                )}
                <Button look="quiet" onClick={() => setAsked('weights')}>
                  <Scale size={16} aria-hidden="true" />
                  {words.weights}
                </Button>
                <Button onClick={() => setAsked('winner')}>
                  <Trophy size={16} aria-hidden="true" />
                  {words.winner}
                </Button>
              </>
            )}
          </span>
        </ScreenHead>
      </div>
      {change.isSuccess && (
        <Notice look={change.data.live ? 'good' : 'plain'}>
          {change.data.live ? words.live : words.notLive}
        </Notice>
      )}
      {!asked && <Fault error={change.error} />}
      <Fault error={found.error} />
      {found.isPending && <p className="text-soft">{common.loading}</p>}
      {found.data && <Told results={found.data} experiment={key} effect={effect} onPage={on_page} />}
      {asked === 'weights' && <Weights {...dialog} />}
      {asked === 'winner' && <Winner {...dialog} suggested={found.data?.verdict.variant ?? undefined} />}
      {asked === 'stop' && <StopExperiment {...dialog} />}
    </div>
  )
}

type ToldProps = Readonly<{ results: Results; experiment: string; effect: string; onPage: boolean }>

function Told({ results, experiment, effect, onPage }: ToldProps) {
  const { language, day, number } = useLook()
  const words = useWordsFrom(experimentWords)
  const { verdict, since, counted_days, excluded, variants } = results
  return (
    <>
      <section
        aria-label={words.verdict}
        className="grid gap-2 rounded-xl border border-line bg-surface p-5 text-lg leading-relaxed"
      >
        <p>
          <Badge look={verdictLooks[verdict.code]}>{words.verdicts[verdict.code]}</Badge>
        </p>
        <p className="max-w-prose">{verdict.words[language]}</p>
        {since && <p className="text-sm text-soft">{words.since(day(since), number(counted_days))}</p>}
      </section>
      {variants.every(({ exposed }) => exposed === 0) && <Notice>{words.nobody}</Notice>}
      <Figures {...{ results, experiment, onPage }} />
      <ExperimentDays results={results} />
      <div className="grid items-start gap-6 lg:grid-cols-2">
        <Horizon {...{ results, effect }} />
        <div className="grid gap-6">
          <SampleRatio of={results} />
          <Part title={words.excluded}>
            <div className="grid gap-2 rounded-xl border border-line bg-surface p-4">
              <p className="flex justify-between gap-4">
                <span>{words.robots}</span>
                <span className="font-medium tabular-nums">{number(excluded.robots)}</span>
              </p>
              <p className="text-sm text-soft">{words.neverCounted}</p>
            </div>
          </Part>
        </div>
      </div>
    </>
  )
}

type FiguresProps = Readonly<{ results: Results; experiment: string; onPage: boolean }>

function Figures({ results: { variants }, experiment, onPage }: FiguresProps) {
  const { number, share } = useLook()
  const words = useWordsFrom(experimentWords)
  const bounds = variants.flatMap(({ variant, rate, interval, is_control }) =>
    rate === null || !interval
      ? []
      : [{ name: variant, at: rate, low: interval[0], high: interval[1], isPlain: is_control }],
  )
  const orNone = (value: number | null, said: (value: number) => string) =>
    value === null ? '–' : said(value)
  return (
    <Part title={words.chart}>
      {bounds.length > 0 && <Intervals rows={bounds} said={share} />}
      <Table
        caption={words.chart}
        rows={variants}
        keyOf={({ variant }) => variant}
        columns={[
          {
            head: words.variant,
            cell: ({ variant, is_control }) => (
              <span className="flex flex-wrap items-center gap-x-2">
                <bdi className="font-medium">{variant}</bdi>
                {is_control && <span className="text-sm text-soft">{words.control}</span>}
                {onPage && (
                  <a
                    href={`/?variant=${experiment}.${variant}`}
                    target="_blank"
                    rel="noreferrer"
                    className="text-sm text-brand underline underline-offset-4"
                    aria-label={`${words.preview}: ${variant}`}
                  >
                    {words.preview}
                  </a>
                )}
              </span>
            ),
          },
          { head: words.visitors, isFigure: true, cell: ({ exposed }) => number(exposed) },
          { head: words.conversions, isFigure: true, cell: ({ converted }) => number(converted) },
          {
            head: words.rate,
            isFigure: true,
            cell: ({ rate }) => <b className="font-semibold">{orNone(rate, share)}</b>,
          },
          {
            head: words.interval,
            isFigure: true,
            cell: ({ interval }) => (interval ? `${share(interval[0])} – ${share(interval[1])}` : '–'),
          },
          {
            head: words.lift,
            isFigure: true,
            cell: ({ lift }) => orNone(lift, (value) => (value > 0 ? `+${share(value)}` : share(value))),
          },
          { head: words.chance, isFigure: true, cell: ({ chance_to_be_best }) => share(chance_to_be_best) },
          { head: words.loss, isFigure: true, cell: ({ expected_loss }) => share(expected_loss) },
        ]}
      />
    </Part>
  )
}

function Horizon({ results: { horizon }, effect }: Readonly<{ results: Results; effect: string }>) {
  const { number, share } = useLook()
  const words = useWordsFrom(experimentWords)
  const navigate = useNavigate()
  return (
    <Part title={words.horizon} about={words.horizonAbout}>
      <Table
        caption={words.horizon}
        rows={horizon.days_by_effect}
        keyOf={(each) => String(each.effect)}
        columns={[
          {
            head: words.effect,
            cell: (each) => {
              const percent = String(Math.round(each.effect * 100))
              return (
                <label className="flex min-h-8 items-center gap-3">
                  <input
                    type="radio"
                    name="effect"
                    className="size-4 accent-brand"
                    disabled={!effects.includes(percent)}
                    checked={percent === effect}
                    onChange={() =>
                      void navigate({
                        to: '.',
                        search: ((before: object) => ({ ...before, effect: percent })) as never,
                        replace: true,
                      })
                    }
                  />
                  {share(each.effect)}
                </label>
              )
            },
          },
          {
            head: words.days,
            isFigure: true,
            cell: ({ days }) => (days === null ? words.unknown : words.daysFor(number(days))),
          },
        ]}
      />
    </Part>
  )
}

function SampleRatio({ of: { sample_ratio } }: Readonly<{ of: Results }>) {
  const { number } = useLook()
  const words = useWordsFrom(experimentWords)
  const { state, p, due } = sample_ratio
  return (
    <Part title={words.ratio}>
      <div
        className={`grid gap-2 rounded-xl border p-4 ${state === 'fault' ? 'border-danger/40 bg-danger-tint' : 'border-line bg-surface'}`}
      >
        <p className={state === 'fault' ? 'font-medium text-danger' : ''}>
          {words.ratios[state]} {p !== null && words.p(number(Number(p.toPrecision(2))))}
        </p>
        <ul className="grid gap-1 text-sm text-soft">
          {due.map(({ variant, exposed, due: expected }) => (
            <li key={variant} className="flex justify-between gap-4 tabular-nums">
              <bdi>{variant}</bdi>
              <span>{words.due(number(exposed), number(Math.round(expected)))}</span>
            </li>
          ))}
        </ul>
      </div>
    </Part>
  )
}

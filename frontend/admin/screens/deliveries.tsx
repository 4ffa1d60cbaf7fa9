import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useSearch } from '@tanstack/react-router'
import { Plus } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { Badge } from '../../ui/desk/badge.tsx'
import { Button } from '../../ui/desk/button.tsx'
import { Notice } from '../../ui/desk/notice.tsx'
import { ScreenHead } from '../../ui/desk/panel.tsx'
import {
  type Endpoint,
  letGo,
  listEndpoints,
  setEndpointState,
  type Tested,
  testEndpoint,
} from '../deliveries.ts'
import { Fault } from '../faults.tsx'
import { useLook, useWordsFrom } from '../look.tsx'
import { useSession } from '../session.ts'
import { deliveryWords } from '../words/deliveries.ts'
import { AddEndpoint } from './add-endpoint.tsx'
import { Attempts, TestShown } from './delivery-attempts.tsx'
import { type Asked, AskedOf } from './delivery-dialogs.tsx'

const lookAgainMs = 10_000
const looks = { on: 'good', paused: 'plain', parked: 'danger' } as const

/** Who is told of leads and how they fare, or the attempts at the one that the address names. */
export function Deliveries() {
  const { words: all, moment } = useLook()
  const words = useWordsFrom(deliveryWords)
  const { rights } = useSession()
  const { name } = useSearch({ strict: false }) as { name?: string }
  const mayChange = rights.includes('deliveries.change')
  const queries = useQueryClient()
  const [isAdding, setAdding] = useState(false)
  const found = useQuery({
    queryKey: ['deliveries'],
    queryFn: listEndpoints,
    refetchInterval: lookAgainMs,
  })
  const release = useMutation({
    mutationFn: letGo,
    onSettled: () => queries.invalidateQueries({ queryKey: ['deliveries'] }),
  })
  const { endpoints = [], held_since } = found.data ?? {}
  const one = endpoints.find((each) => each.name === name)
  if (one) return <Attempts of={one} />
  return (
    <div className="grid gap-6">
      <ScreenHead title={words.title} about={words.about}>
        {mayChange && (
          <Button onClick={() => setAdding(true)}>
            <Plus size={18} aria-hidden="true" />
            {words.add}
          </Button>
        )}
      </ScreenHead>
      <Fault error={found.error ?? release.error} />
      {held_since && (
        <Notice look="danger">
          <span className="flex flex-wrap items-center justify-between gap-3">
            {words.held(moment(held_since))}
            {mayChange && (
              <Button look="quiet" busy={release.isPending} onClick={() => release.mutate()}>
                {words.let}
              </Button>
            )}
          </span>
        </Notice>
      )}
      {found.isPending && <p className="text-soft">{all.common.loading}</p>}
      {found.isSuccess && name !== undefined && <Notice>{words.gone}</Notice>}
      {found.isSuccess && endpoints.length === 0 && <Notice>{words.none}</Notice>}
      <ul className="grid gap-4">
        {endpoints.map((endpoint) => (
          <li key={endpoint.name}>
            <Card endpoint={endpoint} mayChange={mayChange} />
          </li>
        ))}
      </ul>
      {isAdding && <AddEndpoint onClose={() => setAdding(false)} />}
    </div>
  )
}

function Card({ endpoint, mayChange }: Readonly<{ endpoint: Endpoint; mayChange: boolean }>) {
  const { moment } = useLook()
  const words = useWordsFrom(deliveryWords)
  const queries = useQueryClient()
  const [asked, setAsked] = useState<Asked>()
  const [tested, setTested] = useState<Tested>()
  const { name, state } = endpoint
  const onSettled = () => queries.invalidateQueries({ queryKey: ['deliveries'] })
  const set = useMutation({ mutationFn: (to: 'on' | 'paused') => setEndpointState(name, to), onSettled })
  const test = useMutation({ mutationFn: () => testEndpoint(name), onSuccess: setTested, onSettled })
  return (
    <section aria-label={name} className="grid gap-4 rounded-xl border border-line bg-surface p-5">
      <header className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
        <div className="grid gap-1">
          <h2 className="flex flex-wrap items-center gap-2 text-lg font-semibold">
            <bdi>{name}</bdi>
            <Badge look={looks[state]}>{words.states[state]}</Badge>
          </h2>
          <p className="text-sm text-soft">
            <bdi dir="ltr">
              {endpoint.target} · {endpoint.host}
            </bdi>
          </p>
          {endpoint.because && state !== 'on' && (
            <p className={`text-sm ${state === 'parked' ? 'text-danger' : 'text-soft'}`}>
              <bdi>{endpoint.because}</bdi>, {moment(endpoint.since)}
            </p>
          )}
        </div>
        {mayChange && (
          <div className="flex flex-wrap gap-2">
            <Button look="quiet" busy={test.isPending} onClick={() => test.mutate()}>
              {words.test}
            </Button>
            {state === 'on' ? (
              <Button look="quiet" busy={set.isPending} onClick={() => set.mutate('paused')}>
                {words.pause}
              </Button>
            ) : (
              <Button busy={set.isPending} onClick={() => set.mutate('on')}>
                {words.resume}
              </Button>
            )}
          </div>
        )}
      </header>
      <Figures of={endpoint} />
      <Fault error={set.error ?? test.error} />
      {tested && <TestShown tested={tested} />}
      <footer className="-ms-3 flex flex-wrap items-center gap-x-1 gap-y-1 ">
        <Link
          to="."
          search={{ name } as never}
          className="rounded-lg px-3 py-1.5 font-medium text-brand underline-offset-4 hover:underline"
          aria-label={words.attemptsOf(name)}
        >
          {words.attempts}
        </Link>
        {mayChange &&
          (['recover', 'replay', 'rotate', 'remove'] as const).map((each) => (
            <Button key={each} look="bare" className="px-3" onClick={() => setAsked(each)}>
              {words[each]}
            </Button>
          ))}
      </footer>
      {asked && <AskedOf name={name} asked={asked} onClose={() => setAsked(undefined)} />}
    </section>
  )
}

function Figures({ of }: Readonly<{ of: Endpoint }>) {
  const { number, share, lasting, moment } = useLook()
  const words = useWordsFrom(deliveryWords)
  const { delivered, failed, median_ms } = of.last_day
  const tries = delivered + failed
  return (
    <dl className="grid grid-cols-2 gap-x-6 gap-y-4 lg:grid-cols-5">
      <Figure
        name={words.success}
        value={tries === 0 ? '–' : share(Math.round((delivered / tries) * 1000) / 1000)}
        about={tries === 0 ? words.noTries : words.ofDay(number(delivered), number(tries))}
        isBad={tries > 0 && delivered / tries < 0.9}
      />
      <Figure
        name={words.latency}
        value={median_ms === null ? '–' : words.milliseconds(number(Math.round(median_ms)))}
      />
      <Figure
        name={words.waiting}
        value={number(of.waiting)}
        {...(of.waiting > 0 && { about: words.oldest(lasting(of.oldest_waiting_s)) })}
      />
      <Figure name={words.parked} value={number(of.parked)} isBad={of.parked > 0} />
      <div className="col-span-2 grid content-start gap-0.5 lg:col-span-1">
        <dt className="text-sm text-soft">{words.lastFault}</dt>
        <dd className="text-sm">
          {of.last_failure === null ? (
            words.noFault
          ) : (
            <>
              <bdi className="break-words">{of.last_failure}</bdi>
              {of.last_failure_at && <span className="block text-soft">{moment(of.last_failure_at)}</span>}
            </>
          )}
        </dd>
      </div>
    </dl>
  )
}

type FigureProps = Readonly<{ name: string; value: ReactNode; about?: string; isBad?: boolean }>

function Figure({ name, value, about, isBad }: FigureProps) {
  return (
    <div className="grid content-start gap-0.5">
      <dt className="text-sm text-soft">{name}</dt>
      <dd>
        <span className={`text-xl font-semibold tabular-nums ${isBad ? 'text-danger' : ''}`}>{value}</span>
        {about && <span className="block text-sm text-soft">{about}</span>}
      </dd>
    </div>
  )
}

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { Button } from '../../ui/desk/button.tsx'
import { Choice } from '../../ui/desk/field.tsx'
import { Refused } from '../api.ts'
import { Asking } from '../asking.tsx'
import {
  type Bulk,
  type BulkChange,
  type BulkSelection,
  beginBulk,
  comeOf,
  isOpen,
  listBulks,
  ownersQuery,
  undoBulk,
} from '../bulk.ts'
import { Fault } from '../faults.tsx'
import { type LeadState, type LeadView, workStates } from '../leads.ts'
import { useLook, useWordsFrom } from '../look.tsx'
import { bulkWords } from '../words/bulk.ts'

const queryKey = ['bulk']
const lookAgainMs = 1_000
// So long it stands above the list how it ended, for whoever wants to undo it.
const toldForMs = 15 * 60_000

type BarProps = Readonly<{
  chosen: readonly string[]
  view: LeadView
  /** How many match, in words; absent while it is not known. */
  matching: string | undefined
  onNone(): void
}>

/** What was chosen of the list, and what is to become of it. */
export function BulkBar({ chosen, view, matching, onNone }: BarProps) {
  const { number } = useLook()
  const words = useWordsFrom(bulkWords)
  const [changing, setChanging] = useState<Readonly<{ what: BulkSelection; count: string }>>()
  const count = number(chosen.length)
  return (
    <div className="not-printed flex flex-wrap items-center gap-2 rounded-xl border border-brand/30 bg-brand-tint px-3 py-2">
      <p role="status" className="me-auto font-medium">
        {words.chosen(count)}
      </p>
      <Button onClick={() => setChanging({ what: { leads: chosen }, count })}>{words.change}</Button>
      {matching && (
        <Button look="quiet" onClick={() => setChanging({ what: { view }, count: matching })}>
          {words.all(matching)}
        </Button>
      )}
      <Button look="bare" onClick={onNone}>
        {words.nothing}
      </Button>
      {changing && (
        <ChangeMany
          {...changing}
          onClose={(begun) => {
            setChanging(undefined)
            if (begun) onNone()
          }}
        />
      )}
    </div>
  )
}

type ChangeProps = Readonly<{ what: BulkSelection; count: string; onClose(begun: boolean): void }>

function ChangeMany({ what, count, onClose }: ChangeProps) {
  const { words: all } = useLook()
  const words = useWordsFrom(bulkWords)
  const queries = useQueryClient()
  const owners = useQuery(ownersQuery)
  const [kind, setKind] = useState<'state' | 'owner'>('state')
  const [state, setState] = useState<LeadState>('lost')
  const [owner, setOwner] = useState('')
  const change: BulkChange = kind === 'state' ? { state } : { owner: owner || null }
  const begin = useMutation({
    mutationFn: () => beginBulk(what, change),
    async onSuccess() {
      await queries.invalidateQueries({ queryKey })
      onClose(true)
    },
  })
  const errors = begin.error instanceof Refused ? begin.error.errors : {}
  const [because] = errors.view ?? errors.leads ?? []
  const told = because === 'too_many' ? words.tooMany : because === 'none' ? words.none : undefined
  return (
    <Asking
      title={`${words.title}: ${words.of(count)}`}
      about={words.about}
      button={words.begin}
      error={told ? undefined : begin.error}
      busy={begin.isPending}
      onSubmit={() => begin.mutate()}
      onClose={() => onClose(false)}
    >
      <Choice
        label={words.what}
        value={kind}
        onChange={({ target }) => setKind(target.value as 'state' | 'owner')}
      >
        <option value="state">{words.state}</option>
        <option value="owner">{words.give}</option>
      </Choice>
      {kind === 'state' ? (
        <Choice
          label={all.leads.state}
          fault={told}
          value={state}
          onChange={({ target }) => setState(target.value as LeadState)}
        >
          {(['new', ...workStates] as const).map((each) => (
            <option key={each} value={each}>
              {all.leads.states[each]}
            </option>
          ))}
        </Choice>
      ) : (
        <Choice
          label={words.toWhom}
          fault={told}
          value={owner}
          onChange={({ target }) => setOwner(target.value)}
        >
          <option value="">{words.nobody}</option>
          {owners.data?.data.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </Choice>
      )}
      <Fault error={owners.error} />
    </Asking>
  )
}

/** The changes of many leads that are being carried out, the last that was, and those before it, which can be undone as well. */
export function Bulks() {
  const { number } = useLook()
  const words = useWordsFrom(bulkWords)
  const queries = useQueryClient()
  const found = useQuery({
    queryKey,
    queryFn: listBulks,
    refetchInterval: ({ state }) => (state.data?.data.some(isOpen) ? lookAgainMs : false),
  })
  const all = found.data?.data ?? []
  const openCount = all.filter(isOpen).length
  // biome-ignore lint/correctness/useExhaustiveDependencies: what has ended has changed what the list shows.
  useEffect(() => {
    if (found.data) void queries.invalidateQueries({ queryKey: ['leads'] })
  }, [openCount])
  const isFresh = ({ asked_at }: Bulk) => Date.now() - Date.parse(asked_at) < toldForMs
  const { shown = [], before = [] } = Object.groupBy(all, (each) =>
    isOpen(each) || (each === all[0] && isFresh(each)) ? 'shown' : 'before',
  )
  return (
    <>
      {shown.map((bulk) => (
        <Progress key={bulk.id} bulk={bulk} />
      ))}
      {before.length > 0 && (
        <details className="not-printed">
          <summary className="cursor-pointer text-sm text-soft">
            {words.before(number(before.length))}
          </summary>
          <div className="mt-2 grid gap-2">
            {before.map((bulk) => (
              <Progress key={bulk.id} bulk={bulk} />
            ))}
          </div>
        </details>
      )}
    </>
  )
}

function Progress({ bulk }: Readonly<{ bulk: Bulk }>) {
  const { words: all, number, moment } = useLook()
  const words = useWordsFrom(bulkWords)
  const queries = useQueryClient()
  const undo = useMutation({
    mutationFn: () => undoBulk(bulk.id),
    onSettled: () => queries.invalidateQueries({ queryKey }),
  })
  const { status, change, changed, same, left, undone, kept } = bulk
  const some = (count: number, said: (count: string) => string) => (count > 0 ? [said(number(count))] : [])
  const parts =
    status === 'undone' || status === 'undoing'
      ? [...some(undone, words.undone), ...some(kept, words.kept)]
      : [words.done(number(changed)), ...some(same, words.same), ...some(left, words.left)]
  return (
    <div className="not-printed grid gap-2 rounded-xl border border-line bg-surface px-4 py-2">
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1">
        <p role="status">
          <bdi className="font-medium">{bulk.by}</bdi>
          {` · ${moment(bulk.asked_at)} · `}
          {isOpen(bulk) && `${status === 'running' ? words.running : words.undoing} · `}
          {change.state && `${words.become(all.leads.states[change.state])} · `}
          <span className="tabular-nums">{parts.join(' · ')}</span>
        </p>
        {(status === 'running' || (status === 'done' && changed > 0)) && (
          <Button look="bare" busy={undo.isPending} onClick={() => undo.mutate()}>
            {words.undo}
          </Button>
        )}
      </div>
      {isOpen(bulk) && (
        <div
          role="progressbar"
          aria-label={words.title}
          aria-valuemin={0}
          aria-valuemax={100}
          aria-valuenow={Math.round(comeOf(bulk) * 100)}
          className="h-1.5 overflow-clip rounded-full bg-sunk"
        >
          <div className="h-full rounded-full bg-brand" style={{ width: `${comeOf(bulk) * 100}%` }} />
        </div>
      )}
      <Fault error={undo.error} />
    </div>
  )
}

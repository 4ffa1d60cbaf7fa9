import { useQuery } from '@tanstack/react-query'
import { Search, X } from 'lucide-react'
import { type RefObject, useEffect, useState } from 'react'
import { Button } from '../../ui/desk/button.tsx'
import { ownersQuery } from '../bulk.ts'
import { dayLater, isDay, saidOr } from '../days.ts'
import { type LeadView, leadStates } from '../leads.ts'
import { useLook } from '../look.tsx'
import { useSession } from '../session.ts'
import { type Typing, toAsk, withAddress } from '../typing.ts'

type Props = Readonly<{
  view: LeadView
  searchRef: RefObject<HTMLInputElement>
  /** What becomes of the view that stands in the address by then. */
  onChange(change: (view: LeadView) => LeadView): void
}>

const box = 'min-h-10 rounded-lg border border-field bg-surface px-3 text-ink'
const third = `${box} min-w-0 max-md:col-span-2 max-md:px-2`
const settledAfterMs = 300
const ownersStayMs = 60_000
const earliest = '2000'
// In words, so that a view that was kept shows these days on every day.
const spans = ['0d', '7d', '30d']
// Those that are asked for less often stand here once somebody wants them, or a link brought them.
const seldom = ['campaign', 'language'] as const

/** What is shown of the leads, all of it in the address. */
export function LeadFilters({ view, searchRef, onChange }: Props) {
  const { words, moment, day } = useLook()
  // On a phone the list begins higher without what is asked for less often.
  const [isWhole, setWhole] = useState(false)
  const isFolded = !isWhole && !view.source && !view.variant
  const hasDays = isWhole || isDay(view.since) || isDay(view.until)
  const shownSeldom = seldom.filter((name) => isWhole || view[name])
  const set = (name: keyof LeadView, value: string) =>
    onChange(({ [name]: _before, ...rest }) => (value === '' ? rest : { ...rest, [name]: value }))
  return (
    <search className="not-printed grid grid-cols-6 gap-2 md:flex md:flex-wrap">
      <Typed
        inputRef={searchRef}
        label={words.leads.search}
        value={view.q ?? ''}
        onSettled={(value) => set('q', value)}
      />
      <select
        aria-label={words.leads.state}
        className={third}
        value={view.state ?? ''}
        onChange={({ target }) => set('state', target.value)}
      >
        <option value="">{words.leads.allStates}</option>
        {leadStates.map((state) => (
          <option key={state} value={state}>
            {words.leads.states[state]}
          </option>
        ))}
      </select>
      <select
        aria-label={words.leads.when}
        className={third}
        value={view.since ?? ''}
        onChange={({ target }) => set('since', target.value)}
      >
        <option value="">{words.leads.anyTime}</option>
        <option value="0d">{words.leads.today}</option>
        <option value="7d">{words.leads.week}</option>
        <option value="30d">{words.leads.month}</option>
        {view.since && !spans.includes(view.since) && (
          <option value={view.since}>{saidOr(view.since, day)}</option>
        )}
      </select>
      <Owner value={view.owner ?? ''} onChange={(owner) => set('owner', owner)} />
      <Short
        label={words.leads.source}
        isFolded={isFolded}
        value={view.source}
        onSettled={(value) => set('source', value)}
      />
      <Short
        label={words.leads.variant}
        isFolded={isFolded}
        value={view.variant}
        onSettled={(value) => set('variant', value)}
      />
      {shownSeldom.map((name) => (
        <Short
          key={name}
          label={words.leads[name]}
          isFolded={false}
          value={view[name]}
          onSettled={(value) => set(name, value)}
        />
      ))}
      {hasDays && (
        <>
          <Day
            label={words.leads.from}
            value={isDay(view.since) ? view.since : ''}
            onChange={(from) => set('since', from)}
          />
          <Day
            label={words.leads.to}
            value={isDay(view.until) ? dayLater(view.until, -1) : ''}
            onChange={(to) => set('until', to && dayLater(to, 1))}
          />
        </>
      )}
      {view.until && !isDay(view.until) && (
        <Brought said={words.exports.until(saidOr(view.until, moment))} onTakeAway={() => set('until', '')} />
      )}
      {view.suspect && (
        <Brought
          said={`${view.suspect === 'true' ? '' : '≠ '}${words.leads.states.suspect}`}
          onTakeAway={() => set('suspect', '')}
        />
      )}
      {!isWhole && (
        <Button look="bare" className="max-md:col-span-3" onClick={() => setWhole(true)}>
          {words.leads.moreFilters}
        </Button>
      )}
      {Object.keys(view).length > 0 && (
        <Button look="bare" className="max-md:col-span-3" onClick={() => onChange(() => ({}))}>
          {words.leads.clear}
        </Button>
      )}
    </search>
  )
}

/** A day where the firm is, of which all belongs to the view. */
function Day({
  label,
  value,
  onChange,
}: Readonly<{ label: string; value: string; onChange(day: string): void }>) {
  // A year that is being typed passes through others, such as 0002.
  const [typed, setTyped] = useState<string>()
  return (
    <label className="flex items-center gap-2 text-sm text-soft max-md:col-span-3">
      {label}
      <input
        type="date"
        className={`${box} min-w-0 max-md:grow`}
        value={typed ?? value}
        onChange={({ target }) => {
          const isWhole = target.value === '' || target.value >= earliest
          setTyped(isWhole ? undefined : target.value)
          if (isWhole) onChange(target.value)
        }}
      />
    </label>
  )
}

/** Who works on them; whoever gives leads to others chooses among these. */
function Owner({ value, onChange }: Readonly<{ value: string; onChange(owner: string): void }>) {
  const { words } = useLook()
  const { rights, operator } = useSession()
  const { data } = useQuery({
    ...ownersQuery,
    enabled: rights.includes('leads.bulk'),
    staleTime: ownersStayMs,
  })
  const others = (data?.data ?? []).filter(({ id }) => id !== operator.id)
  const isKnown = value === '' || value === 'me' || others.some(({ id }) => id === value)
  return (
    <select
      aria-label={words.leads.owner}
      className={`${third} md:max-w-48`}
      value={value}
      onChange={({ target }) => onChange(target.value)}
    >
      <option value="">{words.leads.anybody}</option>
      <option value="me">{words.leads.mine}</option>
      {others.map(({ id, name }) => (
        <option key={id} value={id}>
          {name}
        </option>
      ))}
      {!isKnown && <option value={value}>{words.leads.oneOwner}</option>}
    </select>
  )
}

/** What a link has brought, and has no field here: it can be taken away. */
function Brought({ said, onTakeAway }: Readonly<{ said: string; onTakeAway(): void }>) {
  return (
    <Button look="quiet" className="max-md:col-span-3" onClick={onTakeAway}>
      {said}
      <X size={15} aria-hidden="true" />
    </Button>
  )
}

type TypedProps = Readonly<{ label: string; value: string; onSettled(value: string): void }>

/** Asks once whoever types has stopped. */
function useSettled({ value, onSettled }: Pick<TypedProps, 'value' | 'onSettled'>) {
  const [typed, setTyped] = useState<Typing>({ text: value, asked: value })
  useEffect(() => setTyped((before) => withAddress(before, value)), [value])
  // biome-ignore lint/correctness/useExhaustiveDependencies: only what is typed counts.
  useEffect(() => {
    const asked = toAsk(typed)
    if (asked === undefined) return
    const timer = setTimeout(() => {
      setTyped((before) => ({ ...before, asked }))
      onSettled(asked)
    }, settledAfterMs)
    return () => clearTimeout(timer)
  }, [typed])
  return [typed.text, (text: string) => setTyped((before) => ({ ...before, text }))] as const
}

function Typed({
  label,
  inputRef,
  ...rest
}: TypedProps & Readonly<{ inputRef: RefObject<HTMLInputElement> }>) {
  const [typed, setTyped] = useSettled(rest)
  return (
    <span className="relative col-span-6 md:min-w-64 md:grow">
      <Search
        size={17}
        aria-hidden="true"
        className="pointer-events-none absolute start-3 top-1/2 -translate-y-1/2 text-soft"
      />
      <input
        ref={inputRef}
        type="search"
        aria-label={label}
        placeholder={label}
        className={`${box} w-full ps-9 placeholder:text-soft`}
        value={typed}
        onChange={({ target }) => setTyped(target.value)}
        onKeyDown={(event) => event.key === 'Escape' && event.currentTarget.blur()}
      />
    </span>
  )
}

function Short({
  label,
  value = '',
  isFolded,
  onSettled,
}: Omit<TypedProps, 'value'> & Readonly<{ value: string | undefined; isFolded: boolean }>) {
  const [typed, setTyped] = useSettled({ value, onSettled })
  return (
    <input
      aria-label={label}
      placeholder={label}
      className={`${box} col-span-3 min-w-0 placeholder:text-soft md:w-32 ${isFolded ? 'max-md:hidden' : ''}`}
      value={typed}
      onChange={({ target }) => setTyped(target.value)}
    />
  )
}

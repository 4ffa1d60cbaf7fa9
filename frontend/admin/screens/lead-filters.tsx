import { Search } from 'lucide-react'
import { type RefObject, useEffect, useState } from 'react'
import { Button } from '../../ui/desk/button.tsx'
import { type LeadView, leadStates } from '../leads.ts'
import { useLook } from '../look.tsx'

type Props = Readonly<{
  view: LeadView
  searchRef: RefObject<HTMLInputElement>
  onChange(view: LeadView): void
}>

const box = 'min-h-10 rounded-lg border border-field bg-surface px-3 text-ink'
const third = `${box} min-w-0 max-md:col-span-2 max-md:px-2`
const settledAfterMs = 300
// In words, so that a view that was kept shows these days on every day.
const spans = ['0d', '7d', '30d']

/** What is shown of the leads, all of it in the address. */
export function LeadFilters({ view, searchRef, onChange }: Props) {
  const { words } = useLook()
  // On a phone the list begins higher without what is asked for less often.
  const [isWhole, setWhole] = useState(false)
  const isFolded = !isWhole && !view.source && !view.variant
  const set = (name: keyof LeadView, value: string) => {
    const { [name]: _before, ...rest } = view
    onChange(value === '' ? rest : { ...rest, [name]: value })
  }
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
        {view.since && !spans.includes(view.since) && <option value={view.since}>{view.since}</option>}
      </select>
      <select
        aria-label={words.leads.owner}
        className={third}
        value={view.owner ?? ''}
        onChange={({ target }) => set('owner', target.value)}
      >
        <option value="">{words.leads.anybody}</option>
        <option value="me">{words.leads.mine}</option>
        {view.owner && view.owner !== 'me' && <option value={view.owner}>{words.leads.oneOwner}</option>}
      </select>
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
      {isFolded && (
        <Button look="bare" className="col-span-3 md:hidden" onClick={() => setWhole(true)}>
          {words.leads.moreFilters}
        </Button>
      )}
      {Object.keys(view).length > 0 && (
        <Button look="bare" className="max-md:col-span-3" onClick={() => onChange({})}>
          {words.leads.clear}
        </Button>
      )}
    </search>
  )
}

type TypedProps = Readonly<{ label: string; value: string; onSettled(value: string): void }>

/** Asks once whoever types has stopped. */
function useSettled({ value, onSettled }: Pick<TypedProps, 'value' | 'onSettled'>) {
  const [typed, setTyped] = useState(value)
  useEffect(() => setTyped(value), [value])
  // biome-ignore lint/correctness/useExhaustiveDependencies: only what is typed counts.
  useEffect(() => {
    if (typed.trim() === value) return
    const timer = setTimeout(() => onSettled(typed.trim()), settledAfterMs)
    return () => clearTimeout(timer)
  }, [typed])
  return [typed, setTyped] as const
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

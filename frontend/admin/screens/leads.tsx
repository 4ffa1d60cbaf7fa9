import {
  keepPreviousData,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { Download, Keyboard, PhoneForwarded } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { Button } from '../../ui/desk/button.tsx'
import { Dialog } from '../../ui/desk/dialog.tsx'
import { Notice } from '../../ui/desk/notice.tsx'
import { ScreenHead } from '../../ui/desk/panel.tsx'
import { Fault } from '../faults.tsx'
import { useKeys } from '../keys.ts'
import { useLeadStates } from '../lead-states.ts'
import {
  type LeadState,
  type LeadView,
  listLeads,
  reveal,
  speedQuery,
  takeNext,
  workStates,
} from '../leads.ts'
import { useLook } from '../look.tsx'
import { More } from '../more.tsx'
import { useSession } from '../session.ts'
import { ExportDialog } from './export-dialog.tsx'
import { BulkBar, Bulks } from './lead-bulk.tsx'
import { LeadFilters } from './lead-filters.tsx'
import { LeadPanel } from './lead-panel.tsx'
import { LeadTable } from './lead-table.tsx'
import { LeadViews } from './lead-views.tsx'

const lookAgainMs = 15_000
const speedStaysMs = 60_000

/** The leads, as callers work on them all day, with the keyboard if they like. */
export function Leads() {
  const { words, number } = useLook()
  const { rights } = useSession()
  const mayWork = rights.includes('leads.work')
  const mayBulk = rights.includes('leads.bulk')
  const view = useSearch({ strict: false }) as LeadView
  const navigate = useNavigate()
  const queries = useQueryClient()
  const queryKey = ['leads', 'list', view]
  const found = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam }) => listLeads(view, pageParam),
    initialPageParam: '',
    getNextPageParam: ({ next }) => next ?? undefined,
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => (state.data?.pages.length === 1 ? lookAgainMs : false),
  })
  const leads = found.data?.pages.flatMap(({ data }) => data) ?? []
  const counts = found.data?.pages[0]?.counts
  const [chosenId, setChosenId] = useState<string>()
  const [openId, setOpenId] = useState<string>()
  const [phones, setPhones] = useState<ReadonlyMap<string, string>>(new Map())
  const states = useLeadStates()
  const [several, setSeveral] = useState<ReadonlySet<string>>(new Set())
  const [isHelping, setHelping] = useState(false)
  const [isExporting, setExporting] = useState(false)
  const search = useRef<HTMLInputElement>(null)

  // biome-ignore lint/correctness/useExhaustiveDependencies: what was chosen belongs to the view that it was chosen in.
  useEffect(() => setSeveral(new Set()), [view])
  const lookAgain = () => queries.invalidateQueries({ queryKey: ['leads'] })
  const show = useMutation({
    mutationFn: (id: string) => reveal(id),
    onSuccess: ({ phone }, id) => setPhones((all) => new Map(all).set(id, phone)),
  })
  const next = useMutation({
    mutationFn: takeNext,
    onSuccess({ lead }) {
      if (lead) choose(lead.id, true)
      void lookAgain()
    },
  })

  function choose(id: string, isOpen = openId !== undefined) {
    setChosenId(id)
    if (isOpen) setOpenId(id)
  }
  const step = (by: number) => {
    const at = leads.findIndex(({ id }) => id === chosenId)
    const lead = leads[at < 0 ? 0 : Math.min(leads.length - 1, Math.max(0, at + by))]
    if (lead) choose(lead.id)
  }
  const chosen = leads.find(({ id }) => id === chosenId)
  const become = (state: LeadState) => {
    if (chosen && mayWork) states.become(chosen, state)
  }
  useKeys({
    j: () => step(1),
    k: () => step(-1),
    arrowdown: () => step(1),
    arrowup: () => step(-1),
    '/': () => search.current?.focus(),
    r: () => chosen && rights.includes('leads.reveal') && show.mutate(chosen.id),
    n: () => mayWork && !next.isPending && next.mutate(),
    u: () => mayWork && states.undo(),
    o: () => chosen && setOpenId(chosen.id),
    escape: () => setOpenId(undefined),
    '?': () => setHelping(true),
    ...Object.fromEntries(workStates.map((state, index) => [String(index + 1), () => become(state)])),
  })

  const error = [found, show, states, next].map((each) => each.error).find((each) => each)
  return (
    <div className="grid gap-4">
      <ScreenHead title={words.leads.title} {...(counts && { about: words.leads.count(shownCount()) })}>
        <span className="flex gap-2">
          <Button
            look="quiet"
            className="px-3 max-md:hidden"
            aria-label={words.leads.keys}
            onClick={() => setHelping(true)}
          >
            <Keyboard size={18} aria-hidden="true" />
          </Button>
          {rights.includes('leads.export') && (
            <Button look="quiet" onClick={() => setExporting(true)}>
              <Download size={18} aria-hidden="true" />
              {words.exports.button}
            </Button>
          )}
          {mayWork && (
            <Button busy={next.isPending} onClick={() => next.mutate()}>
              <PhoneForwarded size={18} aria-hidden="true" />
              {words.leads.next}
            </Button>
          )}
        </span>
      </ScreenHead>
      <Speed />
      <LeadViews view={view} />
      <LeadFilters
        view={view}
        searchRef={search}
        onChange={(change) => void navigate({ to: '.', search: change as never, replace: true })}
      />
      {mayBulk && <Bulks />}
      <Fault error={error} ofView />
      {next.data?.lead === null && <Notice>{words.leads.noNext}</Notice>}
      {found.isPending && <p className="text-soft">{words.common.loading}</p>}
      {found.isSuccess && leads.length === 0 && (
        <Notice>{Object.keys(view).length > 0 ? words.leads.noneMatches : words.leads.none}</Notice>
      )}
      <div
        className={openId === undefined ? undefined : 'lg:grid lg:grid-cols-[minmax(0,1fr)_20rem] lg:gap-4'}
      >
        <div className="grid content-start gap-4">
          {several.size > 0 && (
            <BulkBar
              chosen={[...several]}
              view={view}
              matching={counts ? shownCount() : undefined}
              onNone={() => setSeveral(new Set())}
            />
          )}
          {leads.length > 0 && (
            <LeadTable
              {...(mayBulk && { several: { ids: several, onChange: setSeveral } })}
              leads={leads}
              chosenId={chosenId}
              phones={phones}
              onChoose={(id) => choose(id, true)}
              {...(rights.includes('leads.reveal') && { onReveal: (id: string) => show.mutate(id) })}
            />
          )}
          <More of={found} />
        </div>
        {openId !== undefined && (
          <LeadPanel
            key={openId}
            id={openId}
            phone={phones.get(openId)}
            onReveal={() => show.mutate(openId)}
            onState={states.become}
            onClose={() => setOpenId(undefined)}
          />
        )}
      </div>
      {states.done && (
        <div className="not-printed fixed inset-x-4 bottom-18 z-20 mx-auto flex max-w-md items-center justify-between gap-4 rounded-xl bg-ink px-4 py-2 text-page shadow-2xl md:bottom-6">
          <p role="status">{words.leads.states[states.done.state]}</p>
          <span className="flex gap-1">
            <button type="button" className="min-h-9 rounded px-3 font-semibold" onClick={states.undo}>
              {words.leads.undo}
            </button>
            <button
              type="button"
              className="min-h-9 rounded px-2"
              aria-label={words.common.close}
              onClick={states.forget}
            >
              ×
            </button>
          </span>
        </div>
      )}
      {isExporting && (
        <ExportDialog
          view={view}
          count={words.leads.count(counts ? shownCount() : '…')}
          onClose={() => setExporting(false)}
        />
      )}
      {isHelping && <KeyHelp onClose={() => setHelping(false)} />}
    </div>
  )

  function shownCount(): string {
    const { matching, exact } = counts!
    return exact ? number(matching) : `${number(matching)}+`
  }
}

/** How long leads waited for their first call, of the last seven days. */
function Speed() {
  const { words, number } = useLook()
  const { data } = useQuery({ ...speedQuery, staleTime: speedStaysMs })
  if (!data?.all) return null
  const { leads, median_s: seconds, within_5_min: within } = data.all
  const wait =
    seconds < 90
      ? words.leads.seconds(number(Math.round(seconds)))
      : words.leads.minutes(number(Math.round(seconds / 60)))
  return (
    <p className="text-sm text-soft">{words.leads.speed(wait, number(Math.round((within / leads) * 100)))}</p>
  )
}

function KeyHelp({ onClose }: Readonly<{ onClose(): void }>) {
  const { words } = useLook()
  const all: readonly (readonly [keys: string, does: string])[] = [
    ['j k', words.leads.keyHelp.step],
    ['/', words.leads.search],
    ['r', words.leads.reveal],
    ['o', words.leads.keyHelp.open],
    ['n', words.leads.next],
    ...workStates.map((state, index) => [String(index + 1), words.leads.states[state]] as const),
    ['u', words.leads.undo],
    ['Esc', words.common.close],
  ]
  return (
    <Dialog title={words.leads.keys} onClose={onClose}>
      <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-2">
        {all.map(([keys, does]) => (
          <div key={keys} className="contents">
            <dt>
              <kbd dir="ltr" className="rounded border border-line bg-sunk px-2 py-0.5 font-mono text-sm">
                {keys}
              </kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <Button look="quiet" className="justify-self-end" onClick={onClose}>
        {words.common.close}
      </Button>
    </Dialog>
  )
}

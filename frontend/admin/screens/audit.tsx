import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { Choice } from '../../ui/desk/field.tsx'
import { Notice } from '../../ui/desk/notice.tsx'
import { ScreenHead } from '../../ui/desk/panel.tsx'
import { Table } from '../../ui/desk/table.tsx'
import { ask } from '../api.ts'
import { Fault } from '../faults.tsx'
import { useLook } from '../look.tsx'
import { More } from '../more.tsx'
import { operatorsQuery } from '../operators.ts'
import { useSession } from '../session.ts'
import type { Words } from '../words/words.ts'

type Told = Readonly<Record<string, unknown>> | null
type Entry = Readonly<{
  id: string
  at: string
  by: Readonly<{ kind: keyof Words['audit']['kinds']; id: string; name: string }>
  action: string
  subject: string | null
  before: Told
  after: Told
}>
type Page = Readonly<{ entries: readonly Entry[]; next: string | null }>

/** What stands in the address, and so in a link to this view. */
type View = Readonly<Partial<Record<'action' | 'by' | 'days', string>>>

const dayMs = 86_400_000
/** What is no number of days goes on as it is, to be refused. */
function agoOf(days: string): string {
  const since = new Date(Date.now() - Number(days) * dayMs)
  return Number.isNaN(since.getTime()) ? days : since.toISOString()
}

/** Who did what, the latest first. */
export function Audit() {
  const { words, moment } = useLook()
  const { rights } = useSession()
  const view = useSearch({ strict: false }) as View
  const navigate = useNavigate()
  const operators = useQuery({
    ...operatorsQuery,
    enabled: rights.includes('operators.read'),
  })
  const set = (name: keyof View, value: string) => {
    const { [name]: _before, ...rest } = view
    const search = value === '' ? rest : { ...rest, [name]: value }
    void navigate({ to: '.', search: search as never, replace: true })
  }
  const found = useInfiniteQuery({
    queryKey: ['audit', view],
    queryFn: ({ pageParam }) => {
      const { days, ...asked } = view
      const query = new URLSearchParams({
        ...{ ...asked, ...(days && { since: agoOf(days) }) },
        ...(pageParam && { after: pageParam }),
      })
      return ask<Page>('GET', `/audit?${query}`)
    },
    initialPageParam: '',
    getNextPageParam: ({ next }) => next ?? undefined,
    placeholderData: keepPreviousData,
  })
  const entries = found.data?.pages.flatMap((page) => page.entries) ?? []
  return (
    <div className="grid gap-6">
      <ScreenHead title={words.audit.title} about={words.audit.about}>
        <div className="not-printed grid w-full gap-3 sm:w-auto sm:grid-cols-[9rem_9rem_16rem]">
          <Choice
            label={words.audit.when}
            value={view.days ?? ''}
            onChange={({ target }) => set('days', target.value)}
          >
            <option value="">{words.leads.anyTime}</option>
            <option value="1">{words.audit.lastDay}</option>
            <option value="7">{words.leads.week}</option>
            <option value="30">{words.leads.month}</option>
          </Choice>
          <Choice
            label={words.audit.who}
            value={view.by ?? ''}
            onChange={({ target }) => set('by', target.value)}
          >
            <option value="">{words.leads.anybody}</option>
            {operators.data?.operators.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </Choice>
          <Choice
            label={words.audit.filter}
            value={view.action ?? ''}
            onChange={({ target }) => set('action', target.value)}
          >
            <option value="">{words.audit.everything}</option>
            {Object.entries(words.audit.actions).map(([name, said]) => (
              <option key={name} value={name}>
                {said}
              </option>
            ))}
          </Choice>
        </div>
      </ScreenHead>
      <Fault error={found.error} ofView />
      {found.isPending && <p className="text-soft">{words.common.loading}</p>}
      {found.isSuccess && entries.length === 0 && <Notice>{words.audit.none}</Notice>}
      {entries.length > 0 && (
        <Table
          caption={words.audit.title}
          rows={entries}
          keyOf={({ id }) => id}
          columns={[
            {
              head: words.audit.when,
              cell: ({ at }) => (
                <time dateTime={at} className="whitespace-nowrap tabular-nums">
                  {moment(at)}
                </time>
              ),
            },
            { head: words.audit.who, cell: (entry) => <bdi>{actorOf(entry, words)}</bdi> },
            {
              head: words.audit.what,
              cell: (entry) => words.audit.actions[entry.action] ?? entry.action,
            },
            { head: words.audit.details, cell: (entry) => <Details entry={entry} /> },
          ]}
        />
      )}
      <More of={found} />
    </div>
  )
}

const actorOf = ({ by }: Entry, words: Words) =>
  [words.audit.kinds[by.kind], by.name].filter(Boolean).join(' ')

/** What was changed, as `role: viewer → caller`; and what it was done to, where that is no person's id. */
function Details({ entry: { subject, before, after } }: Readonly<{ entry: Entry }>) {
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])].filter(
    (name) => shown(before?.[name]) !== shown(after?.[name]),
  )
  const isName = subject !== null && !/^[0-9a-f]{8}-/.test(subject)
  if (!isName && names.length === 0) return null
  return (
    <div dir="ltr" className="wrap-anywhere text-sm text-soft rtl:text-end">
      {isName && <p className="text-ink">{subject}</p>}
      {names.map((name) => (
        <p key={name}>
          {name}: {before?.[name] !== undefined && `${shown(before[name])} → `}
          {shown(after?.[name])}
        </p>
      ))}
    </div>
  )
}

function shown(value: unknown): string {
  if (value === undefined) return '–'
  if (typeof value !== 'object' || value === null) return String(value)
  const parts = Array.isArray(value)
    ? value.map(shown)
    : Object.entries(value).map(([name, part]) => `${name} ${shown(part)}`)
  return parts.join(', ')
}

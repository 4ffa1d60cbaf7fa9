import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Choice } from '../../ui/desk/field.tsx'
import { Notice } from '../../ui/desk/notice.tsx'
import { ScreenHead } from '../../ui/desk/panel.tsx'
import { Table } from '../../ui/desk/table.tsx'
import { ask } from '../api.ts'
import { Fault } from '../faults.tsx'
import { useLook } from '../look.tsx'
import { More } from '../more.tsx'
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

/** Who did what, the latest first. */
export function Audit() {
  const { words, moment } = useLook()
  const [action, setAction] = useState('')
  const found = useInfiniteQuery({
    queryKey: ['audit', action],
    queryFn: ({ pageParam }) => {
      const query = new URLSearchParams({ ...(action && { action }), ...(pageParam && { after: pageParam }) })
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
        <div className="w-full sm:w-64">
          <Choice
            label={words.audit.filter}
            value={action}
            onChange={({ target }) => setAction(target.value)}
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
      <Fault error={found.error} />
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

const shown = (value: unknown) =>
  value === undefined ? '–' : typeof value === 'string' ? value : JSON.stringify(value)

import { useQuery } from '@tanstack/react-query'
import { Badge } from '../../ui/desk/badge.tsx'
import { Notice } from '../../ui/desk/notice.tsx'
import { ScreenHead } from '../../ui/desk/panel.tsx'
import { Table } from '../../ui/desk/table.tsx'
import { ask } from '../api.ts'
import { Fault } from '../faults.tsx'
import { useLook } from '../look.tsx'
import type { ExportFormat } from '../words/words.ts'

type Receipt = Readonly<{
  id: string
  by: string
  format: ExportFormat
  filter: Readonly<Record<string, unknown>>
  asked_at: string
  snapshot_at: string | null
  rows: number | null
  sha256: string | null
}>

const lookAgainMs = 5_000

/** Who has taken which leads away. */
export function Exports() {
  const { words, moment, number } = useLook()
  const found = useQuery({
    queryKey: ['exports'],
    queryFn: () => ask<{ data: readonly Receipt[] }>('GET', '/exports'),
    refetchInterval: lookAgainMs,
  })
  const receipts = found.data?.data ?? []
  return (
    <div className="grid gap-6">
      <ScreenHead title={words.exports.receipts} about={words.exports.about} />
      <Fault error={found.error} />
      {found.isPending && <p className="text-soft">{words.common.loading}</p>}
      {found.isSuccess && receipts.length === 0 && <Notice>{words.exports.none}</Notice>}
      {receipts.length > 0 && (
        <Table
          caption={words.exports.receipts}
          rows={receipts}
          keyOf={({ id }) => id}
          columns={[
            {
              head: words.audit.when,
              cell: ({ snapshot_at, asked_at }) => (
                <time dateTime={asked_at} className="whitespace-nowrap tabular-nums">
                  {moment(snapshot_at ?? asked_at)}
                </time>
              ),
            },
            { head: words.audit.who, cell: ({ by }) => <bdi>{by}</bdi> },
            { head: words.exports.format, cell: ({ format }) => words.exports.formats[format] },
            {
              head: words.exports.rows,
              cell: ({ rows }) =>
                rows === null ? <Badge look="warn">{words.exports.open}</Badge> : number(rows),
            },
            {
              head: words.exports.filter,
              cell: ({ filter }) => (
                <div dir="ltr" className="text-sm text-soft rtl:text-end">
                  {Object.entries(filter).map(([name, value]) => (
                    <p key={name} className="break-words">
                      {name}: <bdi>{String(value)}</bdi>
                    </p>
                  ))}
                </div>
              ),
            },
            {
              head: 'SHA-256',
              cell: ({ sha256 }) =>
                sha256 && (
                  <code dir="ltr" className="select-all break-all text-xs">
                    {sha256}
                  </code>
                ),
            },
          ]}
        />
      )}
    </div>
  )
}

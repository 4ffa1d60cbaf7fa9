import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Badge } from '../../ui/desk/badge.tsx'
import { Button } from '../../ui/desk/button.tsx'
import { Notice } from '../../ui/desk/notice.tsx'
import { ScreenHead } from '../../ui/desk/panel.tsx'
import { Table } from '../../ui/desk/table.tsx'
import { ask } from '../api.ts'
import { Fault } from '../faults.tsx'
import { filterSaid } from '../filter-said.ts'
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
  kept: KeptFile | null
}>
type KeptFile = Readonly<{
  written: number
  total: number | null
  failed: number
  own: boolean
  over: 'expired' | 'erased' | 'cancelled' | null
  expires_at: string | null
  file: string | null
}>

const lookAgainMs = 5_000

/** Who has taken which leads away. */
export function Exports() {
  const look = useLook()
  const { words, moment, number } = look
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
              cell: ({ rows, kept }) =>
                rows === null ? !kept && <Badge look="warn">{words.exports.open}</Badge> : number(rows),
            },
            { head: words.exports.file, cell: ({ id, kept }) => kept && <File id={id} {...kept} /> },
            {
              head: words.exports.filter,
              cell: ({ filter }) => (
                <div className="min-w-32 text-sm text-soft">
                  {filterSaid(filter, look).map((part) => (
                    <p key={part} className="wrap-anywhere">
                      <bdi>{part}</bdi>
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

/** How far a kept file is, or where it is and for how long. */
function File({ id, own, ...kept }: KeptFile & Readonly<{ id: string }>) {
  const { words } = useLook()
  const queries = useQueryClient()
  const cancel = useMutation({
    mutationFn: () => ask('DELETE', `/exports/${id}`),
    onSettled: () => queries.invalidateQueries({ queryKey: ['exports'] }),
  })
  if (kept.over) return <Badge>{words.exports[kept.over]}</Badge>
  return (
    <span className="grid justify-items-start gap-1">
      <HowFar {...kept} />
      {own && (
        <Button look="bare" className="px-0 text-sm" busy={cancel.isPending} onClick={() => cancel.mutate()}>
          {words.exports.cancelIt}
        </Button>
      )}
      <Fault error={cancel.error} />
    </span>
  )
}

function HowFar({ written, total, failed, expires_at, file }: Omit<KeptFile, 'own' | 'over'>) {
  const { words, moment, number } = useLook()
  if (expires_at)
    return (
      <span className="grid gap-1">
        {file && (
          <a href={file} download className="font-medium text-brand underline-offset-4 hover:underline">
            {words.exports.fetch}
          </a>
        )}
        <span className="text-sm text-soft">{words.exports.until(moment(expires_at))}</span>
      </span>
    )
  return (
    <span className="grid gap-1">
      {total !== null && total > 0 && (
        <progress
          className="w-28"
          aria-label={words.exports.file}
          value={Math.min(written, total)}
          max={total}
        />
      )}
      <span className="text-sm text-soft">
        {written === 0 ? words.exports.waits : words.exports.written(number(written))}
      </span>
      {failed > 0 && <span className="text-sm text-danger">{words.exports.failed(number(failed))}</span>}
    </span>
  )
}

import { table } from '../report.ts'
import type { BesideRun } from './beside.ts'
import type { ExportRun } from './export.ts'
import type { Took, View } from './views.ts'

type Found = Readonly<{
  rows: readonly number[]
  views: readonly (View & Readonly<{ took: readonly Took[] }>)[]
  exports: readonly ExportRun[]
  beside: readonly BesideRun[]
}>

/** What was measured, as tables for docs/measured.md. */
export function deskReport({ rows, views, exports, beside }: Found): string {
  const parts = [
    table(
      [
        'view',
        ...rows.map((count) => `${count.toLocaleString('en')}: p50 / p95 ms`),
        'p95 of the first',
        'at most ms',
      ],
      views.map(({ name, mostMs, took }) => [
        name,
        ...took.map(({ p50Ms, p95Ms }) => `${p50Ms.toFixed(1)} / ${p95Ms.toFixed(1)}`),
        (took.at(-1)!.p95Ms / took[0]!.p95Ms).toFixed(2),
        String(mostMs),
      ]),
    ),
    table(
      [
        'file',
        'leads',
        'MB',
        'leads/s',
        'first byte ms',
        'API MB in the first quarter, the last',
        'p99 ms of submissions without, beside',
        'faults',
      ],
      exports.map((run) => [
        run.format,
        run.rows.toLocaleString('en'),
        run.mb.toFixed(0),
        Math.round(run.perSecond).toLocaleString('en'),
        run.firstByteMs.toFixed(0),
        run.rssMb.map((mb) => mb.toFixed(0)).join(', '),
        `${run.p99Ms.without.toFixed(1)}, ${run.p99Ms.beside.toFixed(1)}`,
        run.faults.join('; ') || 'none',
      ]),
    ),
    table(
      ['beside an operator who opens a view each half second', 'of without', 'pairs', 'views'],
      beside.map(({ name, ratio, ratios, clicks }) => [
        name,
        ratio.toFixed(3),
        ratios.map((each) => each.toFixed(2)).join(', '),
        String(clicks),
      ]),
    ),
  ]
  return parts.filter((_, place) => [views, exports, beside][place]!.length > 0).join('\n\n')
}

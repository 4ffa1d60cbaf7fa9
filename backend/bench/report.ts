import type { BenchResult } from './bench.ts'
import { deliveriesPlan } from './deliveries.ts'
import { dividedHead, dividedRows, dividedTitle } from './divided.ts'
import { median, pairedRatio, type Round } from './figures.ts'
import type { Run } from './measure.ts'
import { type OpenLoop, shareOfTail } from './open-loop.ts'
import type { Received } from './receivers.ts'
import { isPosted, type MeasuredName, measuredNames, titles, wholeNames } from './subjects.ts'

/** The result as Markdown tables, which read well in a terminal, too. */
export function report(result: BenchResult): string {
  return [
    heading(result),
    closedLoops(result),
    ratios(result),
    bytes(result),
    openLoop(result),
    growth(result),
    deliveries(result),
    divided(result),
    results(result),
    notes(result),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
}

/** The middle of one figure over the runs of a subject. */
export function middle(runs: readonly Run[], figure: (run: Run) => number | undefined): number {
  return median(runs.map(figure).filter((each) => each !== undefined))
}

function heading({ date, machine, versions, generator, shape }: BenchResult): string {
  const programs = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
  return [
    `${date.slice(0, 16).replace('T', ' ')} UTC, ${machine.cores} cores (${machine.processor}), ${machine.system}, ${programs.join(', ')}.`,
    `Medians of ${shape.runs} alternating runs of ${shape.seconds} s, ${shape.connections} connections, closed loops by ${generator}.`,
  ].join('\n')
}

function closedLoops({ runs }: BenchResult): string {
  const all = measured(runs)
  const isWhole = ([name]: (typeof all)[number]) => wholeNames.includes(name)
  return [
    closedLoopTable(runs, all.filter(isWhole)),
    closedLoopTable(
      runs,
      all.filter((each) => !isWhole(each)),
    ),
  ]
    .filter((part) => part !== '')
    .join('\n\nCloser, with something switched off\n')
}

function closedLoopTable(runs: BenchResult['runs'], which: ReturnType<typeof measured>): string {
  const rows = which.map(([name, each]) => {
    return [
      name,
      titles[name],
      whole(middle(each, (run) => run.perSecond)),
      !isPosted(name) || !runs.a ? '' : pairedRatio(each, runs.a).toFixed(2),
      whole(each.reduce((sum, run) => sum + run.not2xx, 0)),
      `${(middle(each, (run) => run.p50Us) / 1000).toFixed(1)} / ${(middle(each, (run) => run.p99Us) / 1000).toFixed(1)}`,
      cpu(each),
      cores(each, (run) => run.generatorCores),
      cores(each, (run) => run.otherCores),
    ]
  })
  if (rows.length === 0) return ''
  const head = [
    '',
    'subject',
    'a second',
    'of a',
    'not 2xx',
    'p50 / p99 ms',
    'CPU µs each',
    'generator cores',
    "others' cores",
  ]
  return table(head, rows)
}

const cores = (runs: readonly Run[], figure: (run: Run) => number) => middle(runs, figure).toFixed(2)

function cpu(runs: readonly Run[]): string {
  const names = new Set(runs.flatMap((run) => Object.keys(run.cpuUs)))
  return [...names]
    .map((name) => [name, middle(runs, (run) => run.cpuUs[name])] as const)
    .filter(([, us]) => us >= 0.5)
    .map(([name, us]) => `${name} ${us.toFixed(0)}`)
    .join(', ')
}

function ratios(result: BenchResult): string {
  const rows = result.ratios.map(({ name, value, floor, aim }) => [
    name,
    value.toFixed(2),
    floor === undefined ? '' : floor.toFixed(2),
    aim === undefined ? '' : aim.toFixed(2),
    floor === undefined
      ? ''
      : value >= (aim ?? floor)
        ? 'aim reached'
        : value >= floor
          ? 'above floor'
          : 'BELOW FLOOR',
  ])
  return rows.length === 0 ? '' : table(['ratio', 'median of rounds', 'floor', 'aim', ''], rows)
}

function bytes({ runs }: BenchResult): string {
  const rows = measured(runs)
    .filter(([, each]) => each.some((run) => run.bytes))
    .map(([name, each]) => {
      const figure = (of: keyof NonNullable<Run['bytes']>) =>
        whole(
          Math.max(
            0,
            middle(each, (run) => run.bytes?.[of]),
          ),
        )
      const drained = middle(each, (run) => run.drainedAfterS)
      return [
        name,
        figure('redisMemory'),
        figure('redisFile'),
        figure('postgresTables'),
        figure('postgresLog'),
        Number.isNaN(drained) ? '' : drained.toFixed(1),
        ...logged(each),
      ]
    })
  const head = [
    '',
    'Redis memory',
    'Redis AOF',
    'Postgres tables',
    'Postgres WAL',
    'empty after s',
    'log kept',
    'log dropped',
  ]
  return rows.length === 0 ? '' : `Bytes a lead\n${table(head, rows)}`
}

function logged(runs: readonly Run[]): [string, string] {
  if (!runs.some((run) => run.written !== undefined)) return ['', '']
  const sum = (figure: (run: Run) => number | undefined) =>
    whole(runs.reduce((total, run) => total + (figure(run) ?? 0), 0))
  return [sum((run) => run.written), sum((run) => run.dropped)]
}

function openLoop({ openLoop: found }: BenchResult): string {
  if (!found) return ''
  const rows = found.loads.map((load) => [
    `${load.share * 100} %`,
    load.subject,
    whole(load.offeredPerSecond),
    whole(load.acceptedPerSecond),
    whole(load.refusedPerSecond),
    whole(load.unanswered),
    [load.p50Ms, load.p95Ms, load.p99Ms].map(ms).join(' / '),
    ms(load.sentP99Ms),
    ms(load.refusedSentP99Ms),
    ms(load.lateP99Ms),
  ])
  const head = [
    'load',
    '',
    'offered/s',
    'accepted/s',
    'refused/s',
    'unanswered',
    'p50 / p95 / p99 ms',
    'p99 since sent',
    'refused, since sent',
    'sent late p99',
  ]
  return `Open loop; 100 % is what the line does with this generator (backend/bench/generator.ts), ${whole(found.capacityPerSecond)}/s; as is the bare handler that forces a line to the disk for each group of submissions before it answers them\n${table(head, rows)}${tail(found.loads)}`
}

/** How much longer the slowest wait at 80 % than where nothing but the disk is waited for. */
function tail(loads: readonly OpenLoop[]): string {
  const p99 = (subject: OpenLoop['subject']) =>
    loads.find((load) => load.subject === subject && load.share === shareOfTail)?.p99Ms
  const [line, synced] = [p99('b'), p99('as')]
  return line && synced
    ? `\np99 of b at ${shareOfTail * 100} %: ${(line / synced).toFixed(1)} of as, at most 5`
    : ''
}

function growth({ growth: found }: BenchResult): string {
  const [first] = found
  if (!first) return ''
  const rows = found.map(({ leads, runs }) => [
    whole(leads),
    whole(middle(runs.a, (run) => run.perSecond)),
    ...(['b', 'c'] as const).flatMap((name) => {
      const ofBare = pairedRatio(runs[name], runs.a)
      return [
        whole(middle(runs[name], (run) => run.perSecond)),
        ofBare.toFixed(2),
        (ofBare / pairedRatio(first.runs[name], first.runs.a)).toFixed(2),
      ]
    }),
    cores(Object.values(runs).flat(), (run) => run.otherCores),
  ])
  const head = ['leads there before', 'a/s']
  for (const name of ['b', 'c']) head.push(`${name}/s`, 'of bare', 'of the first')
  return table([...head, "others' cores"], rows)
}

function results({ stats }: BenchResult): string {
  const [first] = stats ?? []
  if (!stats || !first) return ''
  const rows = stats.map((run) => [
    whole(run.events),
    ms(run.ms),
    (run.ms / first.ms).toFixed(2),
    whole(run.storedPerSecond),
  ])
  return table(['events there', '/api/stats ms', 'of the first', 'stored/s'], rows)
}

function deliveries({ deliveries: found }: BenchResult): string {
  if (!found) return ''
  const { perSecond, calm, good, besideOneThatHangs, storedRatio, cpuRatio } = found
  const { receivers, calmPerSecond, manyEndpoints, manyPerSecond } = deliveriesPlan
  const took = ({ p50Ms, p99Ms }: Received) => `p50 / p99 ${ms(p50Ms)} / ${ms(p99Ms)} ms`
  return table(
    ['deliveries', ''],
    [
      ['what had waited, beside the line', `${whole(perSecond)} a second`],
      [`${calmPerSecond} leads a second, ${receivers} receivers: from stored to first byte`, took(calm)],
      [`${manyPerSecond} leads a second, ${manyEndpoints} receivers`, took(good)],
      ['the same beside one that hangs', took(besideOneThatHangs)],
      [`leads stored a second with ${receivers} endpoints, of those without`, storedRatio.toFixed(2)],
      ['CPU of each of them, of that without', cpuRatio.toFixed(2)],
    ],
  )
}

const divided = ({ divided: found }: BenchResult): string =>
  found ? `${dividedTitle}\n${table(dividedHead, dividedRows(found))}` : ''

function notes({ runs, missing, pageBytes }: BenchResult): string {
  return [
    ...strangers(runs),
    ...cpuOfBare(runs),
    ...(pageBytes === undefined
      ? []
      : [
          `The page has ${whole(pageBytes)} bytes as browsers ask for it, compressed by Brotli; nginx sends the same headers. One process each.`,
        ]),
    ...missing.map((each) => `Not measured: ${each}.`),
  ].join('\n')
}

/** What the whole line costs the API, in what the bare handler costs it. */
function cpuOfBare({ a, b }: BenchResult['runs']): string[] {
  if (!a || !b) return []
  const api = (runs: readonly Run[]) => middle(runs, (run) => run.cpuUs.API)
  return [
    `API CPU of an acknowledged submission: ${(api(b) / api(a)).toFixed(2)} of bare (at most 1.40 is good enough).`,
  ]
}

/** Answers that were 2xx and yet no new lead would mean that the generator repeats itself. */
function strangers(runs: BenchResult['runs']): string[] {
  return measured(runs).flatMap(([name, each]) => {
    const others = each.map((run) =>
      run.accepted === undefined ? 0 : run.requests - run.not2xx - run.accepted,
    )
    const most = Math.max(...others)
    return most > 0 ? [`${name}: up to ${whole(most)} of a run's 2xx answers were not new leads.`] : []
  })
}

function measured(runs: BenchResult['runs']): [MeasuredName, readonly (Run & Round)[]][] {
  return measuredNames.flatMap((name) => {
    const each = runs[name]
    return each ? [[name, each] as [MeasuredName, readonly (Run & Round)[]]] : []
  })
}

const whole = (value: number) => (Number.isNaN(value) ? '' : Math.round(value).toLocaleString('en'))
const ms = (value: number) => (Number.isNaN(value) ? '' : value < 10 ? value.toFixed(1) : value.toFixed(0))

/** A Markdown table whose columns stand under each other; figures stand to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const isFigure = (text: string) => /^[\d.,]*$/.test(text)
  const columns = head.map((title, column) => {
    const cells = rows.map((row) => row[column] ?? '')
    return {
      width: Math.max(3, title.length, ...cells.map((cell) => cell.length)),
      right: cells.every(isFigure),
    }
  })
  const line = (cells: readonly string[]) =>
    `| ${columns
      .map(({ width, right }, column) =>
        right ? (cells[column] ?? '').padStart(width) : (cells[column] ?? '').padEnd(width),
      )
      .join(' | ')} |`
  const rule = `|${columns.map(({ width, right }) => (right ? `${'-'.repeat(width + 1)}:` : '-'.repeat(width + 2))).join('|')}|`
  return [line(head), rule, ...rows.map(line)].join('\n')
}

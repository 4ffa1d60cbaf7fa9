import { expect, test } from 'bun:test'
import { parse } from 'yaml'
import { textOf } from '../house/sources.ts'
import { until } from '../stage/faults.ts'
import { startLine } from '../stage/line.ts'
import { ownServices } from '../stage/own-services.ts'

type Rule = { alert: string; expr: string; annotations: { summary: string; action: string } }

const { services, atEnd } = await ownServices(['postgres', 'redis'])
const line = await startLine({ env: services.env })
atEnd(() => line.stop())

const { groups } = parse(textOf('docker/prometheus/alerts.yml')) as { groups: { rules: Rule[] }[] }
const rules = groups.flatMap((group) => group.rules)

const functions = new Set(['max', 'min', 'sum', 'rate', 'increase', 'time', 'abs'])
// Prometheus' own.
const theirs = new Set(['up'])

/** The metrics that an expression names: every word that is no function and stands outside of labels and texts. */
function metricsIn(expr: string): string[] {
  const bare = expr.replace(/\{[^}]*\}|\[[^\]]*\]/g, ' ')
  return (bare.match(/[a-zA-Z_:]\w*/g) ?? []).filter((word) => !functions.has(word))
}

async function scraped(): Promise<Map<string, number>> {
  const texts = await Promise.all(
    [line.origin, line.workerOrigin].map(async (origin) => (await fetch(`${origin}/metrics`)).text()),
  )
  const values = texts.join('\n').matchAll(/^([a-zA-Z_:]\w*)(?:\{[^}]*\})? (\S+)$/gm)
  return new Map([...values].map(([, name, value]) => [name!, Number(value)]))
}

test('every metric that an alert names is one that the API or the worker has', async () => {
  const named = new Set(rules.flatMap(({ expr }) => metricsIn(expr)).filter((name) => !theirs.has(name)))
  expect(named.size).toBeGreaterThan(10)
  const have = await scraped()
  expect([...named].filter((name) => !have.has(name))).toEqual([])
})

test('every alert says what happened and what to do', () => {
  expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length)
  for (const { annotations } of rules) {
    expect(annotations.summary.length).toBeGreaterThan(20)
    expect(annotations.action.length).toBeGreaterThan(20)
  }
})

test('where all is well, the figures that alerts watch say so', async () => {
  await until('a worker and the way through Redis are there, and the stores were compared', async () => {
    const figures = await scraped()
    return (
      figures.get('lead_workers') === 1 &&
      figures.get('redis_path_open') === 1 &&
      figures.get('lead_reconciled_timestamp_seconds')! > 0
    )
  })
  const figures = await scraped()
  const well = {
    lead_oldest_waiting_seconds: 0,
    lead_quarantine_rows: 0,
    lead_rows_without_month: 0,
    redis_append_only_file_ok: 1,
    lead_reconciled_total: 0,
    jobs_unreadable_total: 0,
    delivery_oldest_waiting_seconds: 0,
    delivery_endpoints_parked: 0,
    delivery_parked: 0,
    mongo_breaker_open: 0,
    object_storage_breaker_open: 0,
  }
  for (const [name, value] of Object.entries(well)) expect([name, figures.get(name)]).toEqual([name, value])
  expect(figures.get('redis_memory_used_ratio')).toBeGreaterThan(0)
})

import { expect, test } from 'bun:test'
import { newExperiment } from '../../experiments/experiment.ts'
import { anybody } from '../../operators/operator-key.ts'
import { wideBudget } from '../../testing/stage/budget.ts'
import { problemsForTest } from '../../testing/stage/problems.ts'
import { ownOriginRules } from '../request/cors.ts'
import { type AdminResultRouteDeps, adminResultRoutes } from './results.ts'

const nowMs = () => Date.parse('2026-06-05T12:00Z')
const tallies = new Map([
  ['a', { exposed: 1_000, converted: 40 }],
  ['b', { exposed: 1_000, converted: 70 }],
])
const days = [1, 2, 3, 4].map((day) => ({ day: `2026-06-0${day}`, tallies }))

async function ask(query = '', results: Partial<AdminResultRouteDeps['results']> = {}) {
  const experiments = new Map([['hero', newExperiment('hero', ['a', 'b'])]])
  const routes = adminResultRoutes({
    door: {
      problems: problemsForTest(),
      origins: ownOriginRules('http://localhost'),
      nowMs,
      gate: async () => anybody,
      budget: wideBudget,
    },
    live: { current: () => ({ experiments }) } as unknown as AdminResultRouteDeps['live'],
    results: {
      counted: async () => ({ days, robots: new Map([['b', 7]]), byDevice: new Map() }),
      changes: async () => [],
      ...results,
    },
    nowMs,
  })
  const answer = await routes.handle(new Request(`http://localhost/api/admin/experiments/${query}`))
  // biome-ignore lint/suspicious/noExplicitAny: each test looks at what it is about.
  return { status: answer.status, body: (await answer.json()) as any }
}

test('the results tell the verdict in both languages, the figures, and what is left out', async () => {
  const { status, body } = await ask('hero/results')
  expect(status).toBe(200)
  expect(body).toMatchObject({
    ...{ experiment: 'hero', running: true, since: null, counted_days: 4 },
    verdict: {
      ...{ code: 'win', variant: 'b' },
      words: { en: expect.stringContaining('is better than'), fa: expect.stringContaining('بهتر از') },
    },
    sample_ratio: { state: 'as_dealt', cause: null },
    excluded: { robots: 7, never_counted: ['duplicates', 'suspects', 'previews'] },
  })
  expect(body.days).toHaveLength(4)
  expect(body.days[0].variants.b).toEqual({ exposed: 1_000, converted: 70 })
  expect(body.variants[1]).toMatchObject({
    ...{
      variant: 'b',
      exposed: 4_000,
      converted: 280,
      rate: 0.07,
      outcome: 'better',
      decided_by: 'any_time',
    },
  })
  expect(body.variants[1].chance_to_be_best).toBeGreaterThan(0.999)
})

test('results ask only for what was counted since visitors are dealt as now', async () => {
  const since: (Date | undefined)[] = []
  const variants = (weight: number) => [
    { name: 'a', weight },
    { name: 'b', weight: 1 },
  ]
  const { body } = await ask('hero/results', {
    async counted(_, from) {
      since.push(from)
      return { days: [], robots: new Map(), byDevice: new Map() }
    },
    changes: async () => [
      {
        at: new Date('2026-06-03T08:01Z'),
        before: { salt: 'hero', variants: variants(9) },
        after: { salt: 'hero', variants: variants(1) },
      },
    ],
  })
  expect(since).toEqual([new Date('2026-06-03T08:15Z')])
  expect(body).toMatchObject({ since: '2026-06-03T08:15:00.000Z', verdict: { code: 'too_little_data' } })
})

test('an effect that is none, an experiment that nobody made and a store that is away are told', async () => {
  expect(await ask('hero/results?effect=0')).toMatchObject({ status: 400 })
  expect(await ask('none/results')).toMatchObject({ status: 404 })
  const counted = async () => {
    throw new Error('connection refused')
  }
  expect(await ask('hero/results', { counted })).toMatchObject({ status: 503 })
})

import { expect, test } from 'bun:test'
import { anybody } from '../../operators/operator-key.ts'
import { Problem } from '../../problem.ts'
import { wideBudget } from '../../testing/stage/budget.ts'
import { problemsForTest } from '../../testing/stage/problems.ts'
import { ownOriginRules } from '../request/cors.ts'
import { type StatsRouteDeps, statsRoutes } from './stats.ts'

const problems = problemsForTest()
const own = { problems, budget: wideBudget, origins: ownOriginRules('http://localhost'), nowMs: Date.now }
const empty = { counts: async () => [], vitals: async () => [] }

async function ask(query: string, deps: Partial<StatsRouteDeps> = {}) {
  const routes = statsRoutes({
    reader: empty,
    firstExperiment: () => 'hero',
    isCounted: (name) => name === 'hero',
    door: { ...own, gate: async () => anybody },
    ...deps,
  })
  const answer = await routes.handle(new Request(`http://localhost/api/stats${query}`))
  return { status: answer.status, body: (await answer.json()) as unknown }
}

test('200 before anything has happened', async () => {
  expect(await ask('')).toEqual({
    status: 200,
    body: {
      experiment: 'hero',
      from: null,
      to: null,
      total: 0,
      totalsByVariant: [],
      totalsByEventType: [],
      variantEventBreakdown: [],
      conversion: [],
      webVitals: [],
      filtered: { bots: 0 },
    },
  })
})

test('400 names each parameter that breaks a rule', async () => {
  expect(await ask('?from=soon&variant=%3B')).toEqual({
    status: 400,
    body: { from: ['invalid'], variant: ['invalid'] },
  })
})

test('400 for an experiment nobody made', async () => {
  for (const name of ['other', '__proto__'])
    expect(await ask(`?experiment=${name}`)).toEqual({ status: 400, body: { experiment: ['unknown'] } })
})

test('401 without the key that production asks for, before anything is read', async () => {
  const answer = await ask('?from=soon', {
    door: {
      ...own,
      async gate() {
        throw new Problem('unauthorized', 'Send an operator key.')
      },
    },
  })
  expect(answer.status).toBe(401)
})

test('503 while the counts cannot be read', async () => {
  const counts = async () => {
    throw new Error('connection refused')
  }
  const answer = await ask('', { reader: { ...empty, counts } })
  expect(answer.status).toBe(503)
  expect(JSON.stringify(answer.body)).not.toContain('refused')
})

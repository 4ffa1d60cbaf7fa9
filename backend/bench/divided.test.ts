import { expect, test } from 'bun:test'
import { dividedHead, dividedRows } from './divided.ts'

const run = (round: number, api: number) => ({
  ...{ round, perSecond: 10_000, requests: 1, not2xx: 0, p50Us: 2_000, p99Us: 9_000 },
  ...{ cpuUs: { API: api, Redis: 10, worker: 5, Postgres: 99 }, otherCores: 0, generatorCores: 0 },
})

test('what a lead costs is told in what it costs with the first division, each round in its own', () => {
  const rows = dividedRows([
    { division: { shards: 1 }, runs: [run(1, 25), run(2, 85), run(3, 25)] },
    { division: { shards: 12, masters: 3 }, runs: [run(1, 33), run(2, 95), run(3, 25)] },
  ])
  expect(rows.map(([name]) => name)).toEqual(['one shard in one Redis', '12 shards on 3 masters'])
  expect(rows[0]).toEqual([
    'one shard in one Redis',
    ...['10,000', '25.0', '10.0', '5.0', '40.0', '1.000', '2.0'],
  ])
  expect(rows[1]!.slice(-2)).toEqual(['1.100', '2.0'])
  for (const row of rows) expect(row).toHaveLength(dividedHead.length)
})

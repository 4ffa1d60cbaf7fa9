import { expect, test } from 'bun:test'
import { histogramIn, shareWithin } from './histograms.ts'

const shown = (quick: number, all: number, sum: number) => `
query_seconds_bucket{le="0.1",process="api"} ${quick}
query_seconds_bucket{le="1",process="api"} ${all}
query_seconds_bucket{le="+Inf",process="api"} ${all}
query_seconds_sum{process="api"} ${sum}
query_seconds_count{process="api"} ${all}
query_seconds_bucket{le="0.1",process="worker"} 1
query_seconds_count{process="worker"} 1
query_seconds_sum{process="worker"} 0.01`

test('what came between two readings of several processes is told apart from what came before', () => {
  const [before, after] = [shown(10, 10, 1), shown(109, 110, 3)].map((text) =>
    histogramIn(text, 'query_seconds'),
  )
  expect(before).toMatchObject({ count: 11, sumS: 1.01 })
  expect(shareWithin(before!, after!, 0.1)).toBe('100, mean 20.0 ms, 99.00 % within 100 ms')
  expect(shareWithin(after!, after!, 0.1)).toBe('none seen')
})

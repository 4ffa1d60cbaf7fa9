import { expect, test } from 'bun:test'
import { counterIn } from './measure.ts'
import { numberIn } from './stage.ts'

const metrics = `# HELP lead_submissions_total Submissions by what became of them
# TYPE lead_submissions_total counter
lead_submissions_total{outcome="accepted",process="api"} 41
lead_submissions_total{outcome="duplicate",process="api"} 2
lead_submissions_total_other{outcome="accepted"} 9
plain 3`

test('a counter is summed over the series that are meant, and over no others', () => {
  expect(counterIn(metrics, 'lead_submissions_total', 'outcome="accepted"')).toBe(41)
  expect(counterIn(metrics, 'lead_submissions_total')).toBe(43)
  expect(counterIn(metrics, 'plain')).toBe(3)
  expect(counterIn(metrics, 'absent')).toBe(0)
})

test('what Redis says of itself is read by its whole name', () => {
  const info = '# Memory\r\nused_memory_rss:9\r\nused_memory:1024\r\n'
  expect(numberIn(info, 'used_memory')).toBe(1024)
  expect(numberIn(info, 'used')).toBeNaN()
})

import { expect, test } from 'bun:test'
import { cameThroughProxy } from './through-proxy.ts'

test.each([
  'X-Forwarded-For',
  'x-forwarded-proto',
  'Forwarded',
  'Via',
  'X-Real-IP',
  'CF-Connecting-IP',
  'CF-Ray',
  'True-Client-IP',
  'Fastly-Client-IP',
  'Fly-Client-IP',
  'CDN-Loop',
  'X-Amzn-Trace-Id',
  'X-Client-IP',
  'X-Original-URL',
  'X-Envoy-External-Address',
])('%s tells that somebody passed a request on', (name) => {
  expect(cameThroughProxy(new Headers({ host: 'a', [name]: '1' }))).toBe(true)
})

test('what a scraper sends itself does not', () => {
  const headers = new Headers({
    accept: 'text/plain;version=0.0.4',
    'accept-encoding': 'gzip',
    authorization: 'Bearer x',
    'user-agent': 'Prometheus/3.0',
    'x-prometheus-scrape-timeout-seconds': '10',
    traceparent: '00-1-2-01',
  })
  expect(cameThroughProxy(headers)).toBe(false)
})

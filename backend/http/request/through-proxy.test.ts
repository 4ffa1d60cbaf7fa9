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
  ...['DO-Connecting-IP', 'AR-Real-IP', 'CloudFront-Viewer-Address', 'X-AppEngine-User-IP', 'X-ARR-LOG-ID'],
  ...['X-Real-Port', 'X-Scheme', 'X-Host', 'X-Request-ID', 'X-Request-Start', 'X-Remote-Addr', 'Remote-Addr'],
  ...['Surrogate-Capability', 'Max-Forwards', 'Front-End-Https', 'NS-Client-IP', 'X-Via', 'X-Nobody-Knows'],
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
    cookie: 'a=b',
    'sec-fetch-mode': 'navigate',
    'accept-language': 'en',
    'upgrade-insecure-requests': '1',
  })
  expect(cameThroughProxy(headers)).toBe(false)
})

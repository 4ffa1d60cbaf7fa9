// The same visitors as locustfile.py, at a rate that answers cannot slow down. docs/load.md says how it is run.
import { check } from 'k6'
import http from 'k6/http'
import { Counter } from 'k6/metrics'

const target = __ENV.TARGET || 'http://127.0.0.1:8000'
const perSecond = Number(__ENV.RATE || 500)
const connections = Number(__ENV.CONNECTIONS || 1000)
const acknowledged = new Counter('leads_acknowledged')

export const options = {
  // Each connection is one visitor, who comes again.
  noCookiesReset: true,
  insecureSkipTLSVerify: __ENV.INSECURE === '1',
  scenarios: {
    visitors: {
      executor: 'constant-arrival-rate',
      rate: perSecond,
      duration: __ENV.DURATION || '60s',
      preAllocatedVUs: connections,
      maxVUs: connections,
    },
  },
  thresholds: {
    http_req_duration: ['p(95)<200', 'p(99)<1000'],
    http_req_failed: ['rate<0.001'],
  },
  summaryTrendStats: ['med', 'p(95)', 'p(99)', 'max'],
}

const upTo = (end) => Math.floor(Math.random() * end)

export default function visit() {
  const headers = { 'X-Forwarded-For': `100.${64 + upTo(64)}.${upTo(256)}.${1 + upTo(254)}` }
  if (Math.random() < 0.2) {
    check(http.get(`${target}/`, { headers }), { page: ({ status }) => status === 200 })
    return
  }
  const body = JSON.stringify({ phone: `+98912${String(upTo(1e7)).padStart(7, '0')}` })
  const answer = http.post(`${target}/api/leads`, body, {
    headers: { ...headers, 'Content-Type': 'application/json' },
  })
  // 200 is a number that was drawn twice.
  if (check(answer, { kept: ({ status }) => status === 202 || status === 200 })) acknowledged.add(1)
}

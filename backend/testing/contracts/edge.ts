import { expect } from 'bun:test'
import { until } from '../stage/faults.ts'
import type { Front } from '../stage/front.ts'
import type { Line } from '../stage/line.ts'
import { oddRequests } from '../stage/odd-requests.ts'
import { plainVisitors } from '../stage/plain-visitors.ts'
import { sendRaw } from '../stage/raw-request.ts'

const cookie = 'lf_visitor=abcdefghijklmnopqrstuv; lf_page=hero.a; lf_language=en'

/** All of an answer but what is of its moment. */
async function answerAt(origin: string, path: string, host: string) {
  const response = await fetch(origin + path, { headers: { cookie, host, 'accept-encoding': 'identity' } })
  const momentary =
    /^(?:date|x-cache|age|connection|transfer-encoding|content-length|x-keep-page|x-request-id)$/
  const headers = [...response.headers].filter(([name]) => !momentary.test(name)).sort()
  return { status: response.status, headers, body: Bun.hash(await response.bytes()) }
}

async function submissionsCounted(lines: readonly Line[]): Promise<number> {
  const figures = await Promise.all(
    lines.map(async ({ origin }) => (await fetch(`${origin}/metrics`)).text()),
  )
  return figures
    .flatMap((text) => [...text.matchAll(/^lead_submissions_total\{[^}]*\} (\d+)$/gm)])
    .reduce((sum, [, count]) => sum + Number(count), 0)
}

/**
 * Sends thousands of odd requests to `front`, before two APIs, while others submit and look: none of them may change
 * what is answered to a plain GET of `plain`, get around a rule that goes by path, or stop anybody.
 */
export async function nobodyNotices(input: {
  front: Front
  lines: readonly Line[]
  plain: readonly string[]
}): Promise<void> {
  const { front, lines, plain } = input
  const host = new URL(front.origin).host
  const names = ['a', 'ab', 'abc', 'other.example', 'OTHER.example:80', '[::1]']
  const noNames = ['', '1.2.3.4.5', 'a/../x', 'x/robots.txt?', 'a\\b', '[::1', 'a:99999', `${host}, ${host}`]
  const paths = [
    ...plain,
    '/robots.txt',
    '/metrics',
    '/api/leads',
    '/api/submit',
    '/api/events',
    '/api/health',
  ]
  const odd = oddRequests({
    paths: [...paths, '/_fallback', '/_warm', '/_error/unreadable.html'],
    host,
    hosts: [...names, ...noNames],
    headers: [`Cookie: ${cookie}`],
  })
  expect(odd.length).toBeGreaterThan(2_000)
  const counted = await submissionsCounted(lines)
  const others = plainVisitors(front.origin, [`Cookie: ${cookie}`])

  const failures: string[] = []
  const queue = odd.values()
  const sender = async () => {
    for (const request of queue) {
      const { status, head, body } = await sendRaw(front.origin, request)
      const isLate = status === 0 || status >= 500
      if (isLate || /process_cpu|lead_submissions_total/.test(head + body))
        failures.push(`${status} ${JSON.stringify(request.slice(0, 120))}`)
    }
  }
  await Promise.all(Array.from({ length: 16 }, sender))

  const statuses = await others.end()
  expect(failures).toEqual([])
  expect(statuses.length).toBeGreaterThan(20)
  expect(new Set(statuses)).toEqual(new Set(['202 200']))
  for (const path of plain)
    for (const name of [host, ...names]) {
      const seen = await answerAt(front.origin, path, name)
      // nginx adds headers of its own to what is compared, so a name that nobody has asked for shows them.
      expect([path, seen.status]).toEqual([path, 200])
      expect([path, name, seen]).toEqual([path, name, await answerAt(front.origin, path, 'fresh.example')])
      expect([path, seen.body]).toEqual([path, (await answerAt(lines[0]!.origin, path, host)).body])
    }

  const limited = () =>
    front
      .accessLog()
      .split('\n')
      // What ends in no line break is still being written.
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Record<string, string>)
      .filter(
        ({ path, method }) =>
          method === 'POST' &&
          /^(?:http:\/\/[^/]+)?\/api\/(?:leads|submit)\/?$/.test(decodeURIComponent(path!)),
      )
      .filter(({ limited, upstreamStatus }) => limited === 'PASSED' && upstreamStatus !== '').length
  const taken = (await submissionsCounted(lines)) - counted
  // The log is written up to a second late, and later on a busy machine.
  await Bun.sleep(1_500)
  await until('the log has all that were taken', () => limited() >= taken)
  expect(limited()).toBe(taken)
}

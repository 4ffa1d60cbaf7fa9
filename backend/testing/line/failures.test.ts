import { describe, expect, test } from 'bun:test'
import { newOperatorKey } from '../../operators/operator-key.ts'
import { until } from '../stage/faults.ts'
import { startFront } from '../stage/front.ts'
import { startLine } from '../stage/line.ts'
import { ownServices } from '../stage/own-services.ts'

const { services, atEnd } = await ownServices(['postgres', 'redis'])
const line = await startLine({ env: { ...services.env, TRUSTED_PROXIES: '127.0.0.0/8' } })
atEnd(() => line.stop())
const front = await startFront({ apiPorts: [Number(new URL(line.origin).port)] })

type LogEntry = { level: string; event: string; requestId?: string; [field: string]: unknown }

const entriesIn = (log: string): LogEntry[] =>
  log
    .split('\n')
    .filter((text) => text.startsWith('{'))
    .map((text) => JSON.parse(text) as LogEntry)
const entryOf = (log: string, requestId: string) =>
  entriesIn(log).find((each) => each.requestId === requestId)
const figure = async (series: string) =>
  Number(
    (await (await fetch(`${line.origin}/metrics`)).text()).match(
      new RegExp(`^${series}.* (\\S+)$`, 'm'),
    )?.[1],
  )
const failing: readonly (readonly [method: string, path: string, status: number, body: string])[] = [
  ['POST', '/api/leads', 400, '{"phone":"1"}'],
  ['POST', '/api/leads', 400, '{"phone":'],
  ['POST', '/api/events', 400, '{"events":[{}]}'],
  ['GET', '/api/leads/01a1fd57-48ba-7000-9bd6-de0d31d5c61d/status', 404, ''],
  ['GET', '/api/config?visitor_id=a%20b', 400, ''],
  ['GET', '/api/assign', 400, ''],
  ['GET', '/api/admin/flags', 401, ''],
  ['GET', '/media/none', 404, ''],
  ['GET', '/nothing-here', 404, ''],
]

test.each(failing)(
  '%s %s, refused with %d, is under one id in its answer, in the log of the API and in that of nginx',
  async (method, path, status, body) => {
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(front.origin + path, {
      method,
      body: body || undefined,
      headers,
    })
    expect(answer.status).toBe(status)
    const id = answer.headers.get('x-request-id')!
    const told = (await answer.json()) as { error?: { requestId: string } }
    if (told.error) expect(told.error.requestId).toBe(id)
    await until('both logs have it', async () =>
      Boolean(entryOf(line.api.output(), id) && entryOf(front.accessLog(), id)),
    )
    expect(entryOf(line.api.output(), id)).toMatchObject({ level: 'info', event: 'http.refused', status })
  },
)

describe('a refused operator key', () => {
  test('is in the log by its id, and counted, and the key itself is nowhere', async () => {
    const { text, kept } = newOperatorKey('')
    const before = await figure('operator_keys_refused_total.*"wrong"')
    const answer = await fetch(`${line.origin}/api/admin/flags`, {
      headers: { authorization: `Bearer ${text}` },
    })
    expect(answer.status).toBe(401)
    const { error } = (await answer.json()) as { error: { requestId: string } }
    await until('the log has it', async () => Boolean(entryOf(line.api.output(), error.requestId)))
    expect(entryOf(line.api.output(), error.requestId)).toMatchObject({
      level: 'info',
      status: 401,
      operatorKey: 'wrong',
      operatorKeyId: kept.id,
      client: '127.0.0.*',
    })
    expect(await figure('operator_keys_refused_total.*"wrong"')).toBe(before + 1)
    expect(line.api.output()).not.toContain(text.slice(-43))
  })
})

test('what visitors and operators do wrong is no error of ours', () => {
  expect(entriesIn(line.api.output()).filter(({ level }) => level === 'error')).toEqual([])
})

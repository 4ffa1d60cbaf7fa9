import { describe, expect, test } from 'bun:test'
import { inAscii } from '../../leads/phone-text.ts'
import { newOperatorKey } from '../../operators/operator-key.ts'
import { until } from '../stage/faults.ts'
import { startFront } from '../stage/front.ts'
import { startLine } from '../stage/line.ts'
import { ownServices } from '../stage/own-services.ts'
import { rawRequest, sendRaw } from '../stage/raw-request.ts'

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

// Nobody's number, as browsers and programs may send it: in an address or a header, in any spelling.
const between = [
  '',
  '-',
  '_',
  ':',
  ',',
  '*',
  '.',
  '+',
  '(',
  ' ',
  '\u00a0',
  '\u200c',
  '·',
  '، ',
  ' - ',
  '&nbsp;',
]
const grouped = between.map((separator) => ['0912', '765', '4321'].join(separator))
const written = [
  ...grouped,
  ...grouped.map((text) => text.replace(/[0-9]/g, (digit) => String.fromCharCode(0x6f0 + Number(digit)))),
  ...['tel09127654321', 'u-09127654321', '09127654321x', '-09127654321', '+989127654321', '+299123456'],
]
const sentAs: readonly ((text: string) => string)[] = [
  encodeURIComponent,
  (text) => encodeURIComponent(encodeURIComponent(text)),
  (text) => Buffer.from(text).toString('latin1'),
  (text) => [...text].map((each) => `&#${each.codePointAt(0)};`).join(''),
]

test('no log tells a phone, in whatever spelling it comes', async () => {
  const host = new URL(front.origin).host
  const sent = [...new Set(written.flatMap((text) => sentAs.map((as) => as(text))))]
  await Promise.all(
    sent.map((text) => {
      const target = `/x/${text.replaceAll(' ', '%20')}/y?tel=${encodeURIComponent(text)}`
      const agent = `User-Agent: Browser/1.0 ${text} (KHTML)`
      return sendRaw(
        front.origin,
        rawRequest({ target, host, headers: [agent, `Referer: http://x/${text}`] }),
      )
    }),
  )
  const plain =
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.6478.122 Safari/537.36'
  const id = '0193b0f4-7d2a-7c31-9a4e-012345678901'
  await fetch(`${front.origin}/api/leads/${id}/status`, { headers: { 'user-agent': plain } })
  await until('nginx has logged them all', () => front.accessLog().includes(`"/api/leads/${id}/status"`))
  expect(front.accessLog()).toContain(`"userAgent":"${plain}"`)
  expect(front.accessLog()).toContain('"path":"/x/..."')
  const entries = [...entriesIn(front.accessLog()), ...entriesIn(line.api.output())]
  expect(entries.filter(({ path }) => String(path).startsWith('/x/')).length).toBeGreaterThan(sent.length)
  // Time, ids and durations have digits, too, and come from us.
  const ofClients = entries.map(({ path, userAgent, error }) => JSON.stringify({ path, userAgent, error }))
  const digitsOf = (text: string) => inAscii(text).replace(/[^0-9]/g, '')
  const decoded = (text: string) => decodeURIComponent(text.replace(/%(?![0-9a-f]{2})/gi, ' '))
  const told = ofClients.filter((text) =>
    [text, decoded(text), decoded(decoded(text))].some((each) => /9127654|9912345/.test(digitsOf(each))),
  )
  expect(told).toEqual([])
})

test('a full disk under nginx has it write down no address that was asked for', async () => {
  const broken = await startFront({ apiPorts: [Number(new URL(line.origin).port)] })
  broken.breakPageCache()
  const headers = { cookie: 'lf_visitor=abcdefghijklmnopqrstuv; lf_page=hero.a; lf_language=en' }
  // It ends the connection.
  await fetch(`${broken.origin}/?utm_term=09127654321`, { headers }).catch(() => {})
  await until('it has logged the request', () => broken.accessLog().includes('"path":"/"'))
  expect(broken.errorLog()).not.toContain('9127654321')
})

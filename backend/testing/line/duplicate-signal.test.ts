import { describe, expect, test } from 'bun:test'
import { rowsOf, until } from '../stage/faults.ts'
import { newPhone } from '../stage/leads.ts'
import { type Line, startLine } from '../stage/line.ts'
import { ownServices } from '../stage/own-services.ts'

const { services, db, atEnd } = await ownServices(['postgres', 'redis'])

async function post(line: Line, phone: string, key?: string) {
  const answer = await fetch(`${line.origin}/api/leads`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(key && { 'idempotency-key': key }) },
    body: JSON.stringify({ phone }),
  })
  const headers = [...answer.headers.keys()].filter((name) => name !== 'date').sort()
  return { status: answer.status, headers, body: (await answer.json()) as { id: string } }
}

const statusOf = async (line: Line, id: string) => {
  const answer = await fetch(`${line.origin}/api/leads/${id}/status`)
  return answer.status === 200 ? ((await answer.json()) as { status: string }).status : `${answer.status}`
}

describe.each(['redis', 'pg'])('with PUBLIC_DUPLICATE_SIGNAL=off and ACK_MODE=%s', (ackMode) => {
  test('whoever tries a number learns nothing, and whoever it belongs to is a lead', async () => {
    const line = await startLine({
      env: { ...services.env, ACK_MODE: ackMode, PUBLIC_DUPLICATE_SIGNAL: 'off' },
    })
    atEnd(() => line.stop())
    const phone = newPhone()
    const guesser = await post(line, phone)
    const owner = await post(line, phone)
    expect(owner).toEqual({ ...guesser, body: { ...guesser.body, id: expect.any(String) } })
    expect(guesser.status).toBe(202)
    for (const { body } of [guesser, owner]) {
      expect(await statusOf(line, body.id)).toBeOneOf(['queued', 'stored'])
      await until('it is stored', async () => (await statusOf(line, body.id)) === 'stored')
    }
    const rows = await rowsOf(db, [phone])
    expect(rows.map(({ id }) => id).sort()).toEqual([guesser.body.id, owner.body.id].sort())
    expect(rows.filter(({ duplicate_of }) => duplicate_of === null)).toHaveLength(1)
    const metrics = await (await fetch(`${line.origin}/metrics`)).text()
    expect(metrics).toMatch(/lead_submissions_total\{outcome="duplicate"[^}]*\} 1\b/)

    const own = newPhone()
    const first = await post(line, own, 'key-1')
    expect((await post(line, own, 'key-1')).body.id).toBe(first.body.id)
  }, 60_000)
})

import { describe, expect, test } from 'bun:test'
import { rowsOf, until, untilRedisPath } from '../stage/faults.ts'
import { newPhone } from '../stage/leads.ts'
import { type Line, startLine } from '../stage/line.ts'
import { ownServices } from '../stage/own-services.ts'

const { services, db, atEnd } = await ownServices(['postgres', 'redis'])

async function post(line: Line, phone: string, key?: string, corrects?: readonly object[]) {
  const answer = await fetch(`${line.origin}/api/leads`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(key && { 'idempotency-key': key }) },
    body: JSON.stringify({ phone, corrects }),
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

  test('nor by sending the same again, nor by correcting it', async () => {
    const line = await startLine({
      env: { ...services.env, ACK_MODE: ackMode, PUBLIC_DUPLICATE_SIGNAL: 'off' },
    })
    atEnd(() => line.stop())
    if (ackMode === 'redis') await untilRedisPath(line.origin, 'open')

    /** All that a stranger is told who tries a number; ids by when each was first told. */
    async function toldOf(phone: string) {
      const [key, other] = ['first-'.padEnd(30, 'x'), 'other-'.padEnd(30, 'y')]
      const isStored = ({ body }: { body: { id: string } }) =>
        until('it is stored', async () => (await statusOf(line, body.id)) === 'stored')
      const said = [await post(line, phone, key), await post(line, phone, key)]
      await isStored(said[0]!)
      said.push(await post(line, newPhone(), other, [{ phone, key }]))
      said.push(await post(line, phone, key))
      said.push(await post(line, phone, key), await post(line, phone, other))
      for (const each of said) await isStored(each)
      const ids = said.map(({ body }) => body.id)
      return said.map((each, at) => ({ ...each, body: { ...each.body, id: ids.indexOf(ids[at]!) } }))
    }

    const known = newPhone()
    await post(line, known, 'of-its-owner'.padEnd(30, 'z'))
    const told = await toldOf(known)
    expect(told).toEqual(await toldOf(newPhone()))
    expect(told.map(({ body }) => body.id)).toEqual([0, 0, 2, 3, 3, 5])
    expect((await rowsOf(db, [known])).filter(({ duplicate_of }) => duplicate_of === null)).toHaveLength(1)
  }, 60_000)
})

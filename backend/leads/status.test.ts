import { expect, test } from 'bun:test'
import { makeLeads } from '../testing/stage/leads.ts'
import type { LeadState } from './lead.ts'
import type { LeadLookup } from './ports.ts'
import { leadStatus } from './status.ts'

const id = makeLeads(1)[0]!.id
const knows = (state: LeadState | undefined): LeadLookup => ({ find: async () => state })
const away: LeadLookup = { find: () => Promise.reject(new Error('away')) }

test('the first place that knows a lead tells', async () => {
  expect(await leadStatus([knows('queued'), knows('stored')], id)).toBe('queued')
  expect(await leadStatus([knows(undefined), knows('quarantined')], id)).toBe('quarantined')
})

test('the queue is asked before the table, so that a lead on its way is always seen', async () => {
  const asked: string[] = []
  const place = (name: string): LeadLookup => ({
    async find() {
      asked.push(name)
      return undefined
    },
  })
  await leadStatus([place('queue'), place('table')], id)
  expect(asked).toEqual(['queue', 'table'])
})

test('a place that is away does not hide a lead that another one has', async () => {
  expect(await leadStatus([away, knows('stored')], id)).toBe('stored')
})

test('a lead is only unknown when every place could be asked', async () => {
  expect(await leadStatus([knows(undefined), knows(undefined)], id)).toBeUndefined()
  await expect(leadStatus([away, knows(undefined)], id)).rejects.toMatchObject({ code: 'unavailable' })
})

test('what is no id of a lead is asked of nobody', async () => {
  expect(await leadStatus([away], 'x')).toBeUndefined()
})

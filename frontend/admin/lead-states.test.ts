import { expect, test } from 'bun:test'
import { seenWith } from './lead-states.ts'
import type { Lead } from './leads.ts'

const lead = (id: string) => ({ id, state: 'new' }) as Lead

test('a state is seen at once on every page of a list and beside it, of this lead alone', () => {
  const pages = [['a', 'b'], ['c']].map((ids) => ({ data: ids.map(lead), next: null, counts: null }))
  const list = seenWith({ pages, pageParams: ['', 'b'] }, 'c', 'won')
  expect(list.pages.flatMap(({ data }) => data.map(({ state }) => state))).toEqual(['new', 'new', 'won'])
  expect(list.pageParams).toEqual(['', 'b'])
  const detail = { lead: lead('c'), notes: [], timeline: [] }
  expect(seenWith(detail, 'c', 'lost').lead.state).toBe('lost')
  expect(seenWith(detail, 'a', 'lost')).toEqual(detail)
})

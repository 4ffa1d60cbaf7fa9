import { expect, test } from 'bun:test'
import { createKeyedHash } from '../keyed-hash.ts'
import { phonesAside } from './phones-aside.ts'

const nowhere = phonesAside(undefined, createKeyedHash('a key of the tests'))

test('without a region what names a campaign keeps its number, and a referrer keeps none', () => {
  expect(
    nowhere.attribution({
      utm_campaign: '20481936542',
      gclid: 'Cj0KCQ',
      referrer: 'https://a.example/9127654321?x=1',
    }),
  ).toEqual({ utm_campaign: '20481936542', gclid: 'Cj0KCQ', referrer: 'https://a.example/***321?x=1' })
})

test('what is cut is masked before, so that no phone is cut in two', () => {
  for (const before of [240, 245, 250, 255]) {
    const { utm_term } = nowhere.attribution({ utm_term: `${'x'.repeat(before)}+989127654321` })!
    expect(utm_term).not.toMatch(/[0-9]{4}/)
  }
})

test('a visitor has the same name in events and in assignments', async () => {
  const kept: string[] = []
  const { keep } = nowhere.assignments({
    keep: async (visitorId) => {
      kept.push(visitorId)
      return { variants: new Map(), given: new Set() }
    },
  })
  for (const id of ['9127654321', 'v-1']) await keep(id, new Map())
  expect(kept).toEqual([nowhere.visitorId('9127654321'), 'v-1'])
  expect(kept[0]).toMatch(/^[0-9a-f]{32}$/)
})

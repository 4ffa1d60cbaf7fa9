import { expect, test } from 'bun:test'
import { campaign } from '../../../backend/testing/stage/campaign/campaign.ts'
import { allPageKeys, nameOf } from './page-keys.ts'

test('every language has a page for each combination of variants and page flags, the fallback first', () => {
  expect(allPageKeys(campaign).map(nameOf)).toEqual([
    'en/hero.a-consent_checkbox.off',
    'en/hero.a-consent_checkbox.on',
    'en/hero.b-consent_checkbox.off',
    'en/hero.b-consent_checkbox.on',
    'fa/hero.a-consent_checkbox.off',
    'fa/hero.a-consent_checkbox.on',
    'fa/hero.b-consent_checkbox.off',
    'fa/hero.b-consent_checkbox.on',
  ])
})

test('a campaign in one language with one variant has pages like any other', () => {
  const { a } = campaign.variants
  const small = { variants: { a }, languages: { en: campaign.languages.en! } }
  expect(allPageKeys(small).map(nameOf)).toEqual([
    'en/hero.a-consent_checkbox.off',
    'en/hero.a-consent_checkbox.on',
  ])
})

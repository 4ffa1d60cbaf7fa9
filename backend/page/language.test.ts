import { expect, test } from 'bun:test'
import { negotiateLanguage } from './language.ts'

const languages = ['en', 'fa', 'pt-br']

test.each([
  [null, 'en'],
  ['', 'en'],
  ['fa', 'fa'],
  ['FA-IR', 'fa'],
  ['fa-IR,fa;q=0.9,en;q=0.8', 'fa'],
  ['en-GB, fa;q=0.9', 'en'],
  ['ku, fa-IR;q=0.9, en;q=0.8', 'fa'],
  ['en;q=0.1, fa;q=0.2', 'fa'],
  ['fa;q=0, de', 'en'],
  ['de, *;q=0.5', 'en'],
  ['pt', 'pt-br'],
  ['pt-BR', 'pt-br'],
  ['pt-PT, fa;q=0.5', 'pt-br'],
  ['fas, faa', 'en'],
  ['fa;q=high, en;q=0.1', 'en'],
  ['fa ; q = 0.4 , en;q=0.3', 'fa'],
  [`${'x,'.repeat(100_000)}fa`, 'en'],
])('%p is answered in %s', (header, language) => {
  expect(negotiateLanguage(header, languages)).toBe(language)
})

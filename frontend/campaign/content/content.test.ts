import { describe, expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { checkPhone } from '../../landing/form/phone.ts'
import { languages } from '../experiments.ts'
import { phoneAddress, phoneShown } from '../firm.ts'
import { formWords } from '../form-words/catalogue.ts'
import { contents } from './catalogue.ts'

type Leaf = Readonly<{ path: string; value: unknown }>

function leaves(value: unknown, path: string): Leaf[] {
  if (typeof value !== 'object' || value === null || '$$typeof' in value) return [{ path, value }]
  return Object.entries(value).flatMap(([name, inner]) => leaves(inner, `${path}.${name}`))
}

test('Persian text writes its figures in Persian', () => {
  const texts = leaves(contents.fa, 'content').filter(({ value }) => typeof value === 'string')
  expect(texts.filter(({ value }) => /^[^/].*[0-9]/.test(String(value)))).toEqual([])
})

describe.each([...languages])('a campaign is complete in %s', (language) => {
  const content = contents[language]
  const words = formWords[language]
  const texts = [...leaves(content, 'content'), ...leaves(words, 'form')].filter(
    (leaf): leaf is Leaf & { value: string } => typeof leaf.value === 'string',
  )

  test('no word of the page is empty or a leftover of a template', () => {
    const bad = texts.filter(
      ({ value }) => !value.trim() || /lorem|ipsum|todo|tbd|xxx|undefined/i.test(value),
    )
    expect(bad).toEqual([])
  })

  test('title and description fit what search engines show', () => {
    expect(content.title.length).toBeLessThanOrEqual(65)
    expect(content.description.length).toBeLessThanOrEqual(165)
  })

  test('every bundled picture is there, with its size and a text for those who cannot see it', () => {
    for (const picture of [content.house, content.steps.film.still]) {
      expect(existsSync(picture.bundled)).toBe(true)
      expect(picture.width).toBeGreaterThan(0)
      expect(picture.height).toBeGreaterThan(0)
      expect(picture.alt.length).toBeGreaterThan(20)
    }
  })

  test('the sample number beside the field is one that the field accepts', () => {
    expect(checkPhone(words.placeholder).ok).toBe(true)
  })

  test('the number that is shown is the number that is dialled', () => {
    const shown = checkPhone(phoneShown[language])
    expect(shown.ok && phoneAddress.endsWith(shown.phone.slice(1))).toBe(true)
  })

  test('nothing comes from another origin', () => {
    expect(texts.filter(({ value }) => /^(https?:)?\/\//.test(value))).toEqual([])
  })
})

import { afterAll, describe, expect, test } from 'bun:test'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Campaign } from '../../../../frontend/landing/campaign.ts'
import type { Content } from '../../../../frontend/landing/content.ts'
import { campaign } from '../../../testing/stage/campaign/campaign.ts'
import { campaignOfTests } from '../../../testing/stage/campaign-page.ts'
import { drawingsOf, hashOf, recordPath } from '../drawings.ts'
import { nginxFiles } from '../nginx.ts'
import { findingsOf } from './check.ts'
import { reportOf } from './finding.ts'
import { sampleFindings, sampleOf } from './sample.ts'
import { writtenFindings } from './written.ts'

// A campaign as it is when everything is done: its pictures drawn, nginx told.
const root = mkdtempSync(join(tmpdir(), 'landfast-check-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
const campaignDir = join(root, 'campaign')
cpSync(campaignOfTests, campaignDir, { recursive: true })
mkdirSync(join(root, 'docker/nginx'), { recursive: true })
for (const [path, text] of Object.entries(nginxFiles(campaign))) writeFileSync(join(root, path), text)

const { en, fa } = campaign.languages as { en: Content; fa: Content }
const found = (changed: Partial<Campaign>, publicUrl = 'https://www.ashgrove.co.uk') =>
  findingsOf({ campaign: { ...campaign, ...changed }, campaignDir, root, publicUrl })
    .filter(({ what }) => !isOfTests.test(what))
    .map(({ level, where, what }) => `${level} ${where}: ${what}`)
// The firm of the tests is made up, and so are its domain and its number.
const isOfTests = /A domain that does not exist|no number that a telephone company|nginx does not know/i
const inEnglish = (changes: Partial<Content>) => found({ languages: { en: { ...en, ...changes }, fa } })
const inPersian = (changes: Partial<Content>) => found({ languages: { en, fa: { ...fa, ...changes } } })
const withFirm = (changes: Partial<Campaign['firm']>) => found({ firm: { ...campaign.firm, ...changes } })
const withPhone = (changes: Partial<Campaign['firm']['phone']>) =>
  withFirm({ phone: { ...campaign.firm.phone, ...changes } })

test('a campaign that lacks nothing is not complained of', () => {
  expect(found({})).toEqual([])
})

test('an address may be the same in every language', () => {
  const footer = { lines: ['{brand}, 4 Kirkgate, Leeds, West Yorkshire'] }
  expect(
    inEnglish({ footer }).concat(found({ languages: { en: { ...en, footer }, fa: { ...fa, footer } } })),
  ).not.toContain('must fa footer.lines.0: The same as in en: translate it.')
})

describe('is named, with its place and what to do:', () => {
  const picture = campaign.languages.en!.picture!
  const hooks = { thanks: '/thanks-{language}.html', scripts: ['/tags.js'] }
  const cases: readonly (readonly [title: string, findings: () => string[], finding: string])[] = [
    [
      'a page of thanks that is not there',
      () => found(hooks).slice(1, 2),
      'must thanks: public/thanks-fa.html is not there.',
    ],
    [
      'an address of thanks that is none',
      () => found({ thanks: 'thanks.html' }),
      'must thanks: thanks.html is no address: write /thanks.html or https://…',
    ],
    [
      'a script that is not there',
      () => found({ scripts: ['/tags.js'] }),
      'must scripts: /tags.js is no script in public, such as /tags.js.',
    ],
    ['words that are empty', () => inEnglish({ title: ' ' }), 'must en title: These words are empty'],
    [
      'what is still to be written',
      () => inEnglish({ closing: { ...en.closing!, text: 'We ring within [[how long]].' } }),
      'must en closing.text: Still to be written',
    ],
    [
      'lorem ipsum',
      () => inEnglish({ description: 'Lorem ipsum dolor' }),
      'must en description: Still to be written',
    ],
    [
      'a sentence that was not translated',
      () => inPersian({ closing: { ...fa.closing!, text: en.closing!.text } }),
      'must fa closing.text: The same as in en: translate it.',
    ],
    [
      'Latin sentences where the language has other letters',
      () => inPersian({ title: 'A warm house by Friday' }),
      'must fa title: Not in the letters of fa: translate it.',
    ],
    [
      'letters of another script',
      () => inEnglish({ title: 'A warm house تا جمعه' }),
      'must en title: Letters of the script Arab in en.',
    ],
    [
      'Arabic letters in Persian',
      () => inPersian({ title: 'خانه‌اي گرم' }),
      'must fa title: Letters of another language in fa.',
    ],
    [
      'Latin figures in Persian',
      () => inPersian({ figures: [{ value: '3100', label: 'دستگاه' }] }),
      'look fa figures.0.value: Figures that are not those of fa: ۰۱۲۳۴۵۶۷۸۹.',
    ],
    [
      'a title that is cut',
      () => inEnglish({ title: 'A'.repeat(80) }),
      'look en title: Search engines cut a title',
    ],
    [
      'a picture without words',
      () => inEnglish({ picture: { ...picture, alt: '' } }),
      'must en picture: This picture has no `alt`',
    ],
    [
      'a picture that is not there',
      () => inEnglish({ picture: { ...picture, bundled: '/nowhere.svg' } }),
      'must en picture: The file of this picture is not there.',
    ],
    [
      'a picture of another shape than is said',
      () => inEnglish({ picture: { ...picture, height: 600 } }),
      'must en picture: workshop.svg is 960 × 1200: write that as width and height',
    ],
    [
      'colours that cannot be read',
      () =>
        found({ colours: { ...campaign.colours, light: { ...campaign.colours.light, soft: '#aaaaaa' } } }),
      'must colours: light: soft on page has a contrast of',
    ],
    [
      'a number that is not dialled',
      () => withPhone({ dialled: '01632' }),
      'must firm phone.dialled: No telephone',
    ],
    [
      'a number that is not the one that is shown',
      () => withPhone({ shown: '01632 960 999' }),
      'must firm phone.shown: The number that is shown is not the one that is dialled.',
    ],
    [
      'a number in the field that the field refuses',
      () => withPhone({ sample: '12' }),
      'must firm phone.sample: The number in the empty field is one that the field refuses.',
    ],
    [
      'the number of the firm in the field',
      () => withPhone({ sample: '01632 960 217' }),
      'must firm phone.sample: The number in the empty field is that of the firm',
    ],
    [
      'a path that is taken',
      () => found({ paths: ['api'] }),
      'must paths api: This is no path of a campaign',
    ],
    ['no privacy notice', () => inEnglish({ notice: undefined }), 'must en: There is no privacy notice'],
    [
      'a variant without words',
      () => inPersian({ hero: { a: fa.hero.a! } }),
      'must fa hero.b: This variant has no words.',
    ],
    [
      'a language that brings no words along',
      () => found({ languages: { xx: en } }),
      'must xx form.label: Landfast brings no words along for this language: write these, too.',
    ],
    [
      'where the site will be',
      () => found({}, 'http://localhost:8000'),
      'look PUBLIC_URL: Where the site will be',
    ],
  ]
  for (const [title, findings, finding] of cases)
    test(title, () => {
      expect(findings().map((line) => line.slice(0, finding.length))).toContain(finding)
    })

  test('a domain that does not exist', () => {
    const findings = findingsOf({ campaign, campaignDir, root, publicUrl: '' })
    expect(findings).toContainEqual({
      level: 'must',
      where: 'en privacy.answer',
      what: 'A domain that does not exist, such as firm.example: write your own.',
    })
  })
})

describe('pictures that are drawn', () => {
  const isDrawn = (line: string) => line.includes('drawn from what the campaign was before')

  test('are out of date when what they show has changed, and not when they were made by hand', () => {
    const drawings = drawingsOf(campaign, campaignDir)
    const file = (name: string) => hashOf(readFileSync(join(campaignDir, 'public', name)))
    const record = drawings.map(({ name, from }) => [name, { from, file: file(name) }] as const)
    const share = { title: 'Another', text: 'promise' }
    expect(inEnglish({ share }).filter(isDrawn)).toEqual([])
    writeFileSync(recordPath(campaignDir), JSON.stringify(Object.fromEntries(record)))
    expect(found({}).filter(isDrawn)).toEqual([])
    expect(inEnglish({ share }).filter(isDrawn)).toEqual([
      'must public/share-en.jpg: Missing, or drawn from what the campaign was before. Run: bun run campaign:draw',
    ])
  })

  test('are missing in a language that is new', () => {
    const languages = { ...campaign.languages, 'en-ie': { ...en, locale: 'en-IE' } }
    expect(found({ languages }).filter(isDrawn)[0]).toStartWith('must public/share-en-ie.jpg')
  })
})

test('what nginx says is out of date in a language that is new', () => {
  const languages = { fa, en }
  expect(
    findingsOf({ campaign: { ...campaign, languages }, campaignDir, root, publicUrl: '' }),
  ).toContainEqual({
    level: 'must',
    where: 'docker/nginx/words.conf',
    what: 'nginx does not know this campaign. Run: bun run campaign:nginx',
  })
})

describe('the sample', () => {
  const sample = sampleOf(campaign, campaignDir)
  const leftOver = (changed: Partial<Campaign>) =>
    sampleFindings({ ...campaign, ...changed }, campaignDir, sample).map(({ where }) => where)

  test('is known by its name, its number, its texts, its pictures and its colours', () => {
    const places = leftOver({})
    for (const place of [
      'firm name',
      'firm phone.dialled',
      'colours brand',
      'en hero.a.text',
      'workshop.svg',
      'icon.svg',
    ])
      expect(places).toContain(place)
  })

  test('is no longer complained of where it was replaced', () => {
    const hero = { ...en.hero, a: { ...en.hero.a!, text: 'Something of our own altogether' } }
    const places = leftOver({
      firm: { ...campaign.firm, name: 'Ours' },
      languages: { en: { ...en, hero }, fa },
    })
    expect(places).not.toContain('firm name')
    expect(places).not.toContain('en hero.a.text')
    expect(places).toContain('en hero.b.text')
  })
})

test('what verify would find in how the files are written is told by check, with the command that mends it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'landfast-written-'))
  try {
    writeFileSync(join(folder, 'colours.ts'), 'export const colours = { brand: "#1f4e79" };\n')
    writeFileSync(join(folder, 'words.ts'), "import Clock from './clock.ts'\n")
    expect(writtenFindings(folder)).toEqual([
      { level: 'must', where: 'words.ts:1', what: 'This import is unused.' },
      { level: 'must', where: 'colours.ts', what: 'Not in the format of the project. Run: bun run format' },
    ])
    expect(writtenFindings(campaignOfTests)).toEqual([])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

test('what is wrong in many places is told once, and what has to be mended first', () => {
  const many = Array.from(
    { length: 9 },
    (_, at) => ({ level: 'must', where: `en ${at}`, what: 'Empty.' }) as const,
  )
  expect(reportOf([{ level: 'look', where: 'en', what: 'Long.' }, ...many])).toEqual([
    'mend  Empty.',
    '      en 0, en 1, en 2, en 3, en 4, en 5, and 3 more',
    'look  Long.',
    '      en',
    '',
    '9 to mend, 1 to look at',
  ])
})

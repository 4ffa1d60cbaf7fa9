import { afterEach, describe, expect, test } from 'bun:test'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Campaign } from '../../../frontend/landing/campaign.ts'
import { pageListing, pages } from '../../../frontend/landing/prerender/prerender.tsx'
import { viewOf } from '../../../frontend/landing/view.ts'
import { findingsOf } from '../../commands/campaign/check/check.ts'
import { begin, nextSteps } from '../../commands/campaign/new.ts'
import { nginxWords } from '../../commands/campaign/nginx.ts'
import { root as repository } from './sources.ts'

const template = '<!doctype html>\n<html lang="en"><head>%head%</head><body>%page%%data%</body></html>'
const roots: string[] = []
afterEach(() => {
  for (const root of roots.splice(0)) rmSync(root, { recursive: true, force: true })
})

/** A checkout of nothing but a campaign, whose packages are ours. */
function checkout(): string {
  const cache = join(repository, 'node_modules/.cache')
  mkdirSync(cache, { recursive: true })
  const root = mkdtempSync(join(cache, 'landfast-new-'))
  roots.push(root)
  mkdirSync(join(root, 'frontend/campaign'), { recursive: true })
  writeFileSync(join(root, 'frontend/campaign/old.ts'), '')
  return root
}

const committed = () => ''
const beginIn = (
  root: string,
  args: readonly string[],
  ask: (...command: string[]) => string | undefined = committed,
) => begin({ root, args, ask })

async function made(
  args: readonly string[],
): Promise<{ campaign: Campaign; campaignDir: string; root: string }> {
  const root = checkout()
  beginIn(root, args)
  const campaignDir = join(root, 'frontend/campaign')
  for (const file of new Bun.Glob('**/*.ts').scanSync(campaignDir)) {
    const path = join(campaignDir, file)
    const text = readFileSync(path, 'utf8').replace(
      /'(?:\.\.\/)+(landing|fonts)\//g,
      `'${repository}/frontend/$1/`,
    )
    writeFileSync(path, text)
  }
  const { campaign } = (await import(join(campaignDir, 'campaign.ts'))) as { campaign: Campaign }
  return { campaign, campaignDir, root }
}

describe('a new campaign', () => {
  const cases = [
    [['Small'], ['en'], ['a']],
    [
      ['A & B, $$ off', '--languages', 'en,fa,it', '--variants', 'a,b,c'],
      ['en', 'fa', 'it'],
      ['a', 'b', 'c'],
    ],
    [['O’Brien’s', '--languages', 'pt-br,ar', '--phone', '+55 11 91234 5678'], ['pt-br', 'ar'], ['a']],
  ] as const

  test.each(cases)(
    '%p is drawn in its languages and variants, and says what is still to be written',
    async (args, languages, variants) => {
      const { campaign, campaignDir, root } = await made(args)
      expect(campaign.firm.name).toBe(args[0])
      expect(pageListing(campaign)).toMatchObject({ languages, experiments: { hero: variants } })
      for (const { draw } of pages(campaign))
        expect(draw(template)).not.toMatch(/undefined|\{brand\}|\{phone\}/)
      expect(() => nginxWords(campaign)).not.toThrow()
      const findings = findingsOf({ campaign, campaignDir, root, publicUrl: '' })
      const kinds = new Set(
        findings.filter(({ level }) => level === 'must').map(({ what }) => what.split(/[:.]/)[0]),
      )
      expect([...kinds].sort()).toEqual([
        'Missing, or drawn from what the campaign was before',
        'Still to be written',
        'nginx does not know this campaign',
      ])
    },
  )

  test('has the firm’s number, as it is dialled and shown, and another in the empty field', async () => {
    const { campaign } = await made(['Klempner', '--languages', 'de', '--phone', '+49 30 12345678'])
    expect(campaign.firm).toEqual({
      name: 'Klempner',
      phone: {
        dialled: '+493012345678',
        shown: '030 12345678',
        sample: expect.stringMatching(/^01\d+ \d+$/),
      },
    })
  })

  test('has the two colours that were said, and an icon of its own', async () => {
    const { campaign, campaignDir } = await made(['brightwater-plumbing', '--colours', '#7c3aed,#22c55e'])
    expect(campaign.firm.name).toBe('Brightwater Plumbing')
    expect(campaign.colours.light).toMatchObject({ brand: '#7c3aed', accent: '#22c55e' })
    expect(readFileSync(join(campaignDir, 'public/icon.svg'), 'utf8')).toContain('fill="#7c3aed"')
    expect(viewOf(campaign, 'en').content.footer!.lines![0]).toStartWith('Brightwater Plumbing')
  })
})

describe('the campaign that is there', () => {
  test('gives way when it is in git', () => {
    const root = checkout()
    beginIn(root, ['Small'])
    expect(existsSync(join(root, 'frontend/campaign/old.ts'))).toBe(false)
  })

  test.each([
    ['holds changes that are not committed', ' M frontend/campaign/old.ts\n'],
    ['there is no git to have it back from', undefined],
  ])('stays when it %s, unless that is meant', (reason, answer) => {
    const root = checkout()
    expect(() => beginIn(root, ['Small'], () => answer)).toThrow(reason)
    expect(existsSync(join(root, 'frontend/campaign/old.ts'))).toBe(true)
    beginIn(root, ['Small', '--force'], () => answer)
    expect(existsSync(join(root, 'frontend/campaign/old.ts'))).toBe(false)
  })

  test.each([
    [[], 'Name the firm: bun run campaign:new "Brightwater Plumbing"'],
    [['Small', '--languages', 'english'], '--languages takes codes such as en,fa,pt-br, and not english'],
    [['Small', '--languages', 'qq'], '--languages takes codes such as en,fa,pt-br, and not qq'],
    [['Small', '--variants', '1,2'], '--variants takes names of small letters, such as a,b,c, and not 1,2'],
    [['Small', '--phone', '0301234'], '--phone takes a number with its country'],
    [['Small', '--colours', 'green'], "--colours takes two, the firm's and the button's"],
    [['Small', '--logo', 'x'], 'See bun run campaign:new --help'],
  ])('stays when %p cannot be begun with', (args, sentence) => {
    const root = checkout()
    expect(() => beginIn(root, args)).toThrow(sentence)
    expect(existsSync(join(root, 'frontend/campaign/old.ts'))).toBe(true)
  })
})

test('whoever begins is told what comes next', () => {
  const beginning = beginIn(checkout(), ['Small', '--phone', '+44 20 7946 0018'])
  const steps = nextSteps(beginning).join('\n')
  for (const next of [
    'bun run dev',
    'words/en.ts',
    'campaign:draw',
    'campaign:check',
    'DEFAULT_REGION=GB',
    'git checkout',
  ])
    expect(steps).toContain(next)
})

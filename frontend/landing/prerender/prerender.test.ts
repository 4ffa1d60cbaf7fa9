import { describe, expect, test } from 'bun:test'
import { campaign } from '../../../backend/testing/stage/campaign/campaign.ts'
import type { Campaign } from '../campaign.ts'
import { islandPropsId } from '../island-props.ts'
import { viewOf } from '../view.ts'
import { drawForAddress, fillFallback, notices, pageListing, pages, rootFiles } from './prerender.tsx'

const template = '<!doctype html>\n<html lang="en"><head>%head%</head><body>%page%%data%</body></html>'

const languages = Object.keys(campaign.languages)
const callHref = `tel:${campaign.firm.phone.dialled}`
const drawn = Object.entries(pageListing(campaign).pages).map(([name, file], index) => {
  const page = pages(campaign)[index]!
  const language = languages.find((each) => name.startsWith(`${each}/`))!
  return { name, file, language, drawnAs: page.file, html: page.draw(template) }
})

/** What stands in the JSON elements of a page that begin with this. */
const jsonIn = (html: string, start: string) =>
  JSON.parse(new RegExp(`<script ${start}[^>]*>(.*?)</script>`).exec(html)![1]!)

test('each page is drawn into the file that the listing names', () => {
  expect(drawn.map(({ drawnAs }) => drawnAs)).toEqual(drawn.map(({ file }) => file))
  expect(new Set(drawn.map(({ html }) => html)).size).toBe(drawn.length)
})

test('a campaign brings its own scripts and its page of thanks, in each language', () => {
  const withHooks: Campaign = { ...campaign, thanks: '/thanks-{language}.html', scripts: ['/tags.js'] }
  for (const { draw } of pages(withHooks)) {
    const html = draw(template)
    expect(html).toContain('<script defer="" src="/tags.js"></script>')
    const { language, thanks } = jsonIn(html, `type="application/json" id="${islandPropsId}"`)['lead-form']
    expect(thanks).toBe(`/thanks-${language}.html`)
  }
  expect(drawn[0]!.html).not.toContain('defer')
})

test('the number of the firm can be tapped wherever it stands in an answer or the notice', () => {
  const { dialled } = campaign.firm.phone
  const language = languages[0]!
  const content = campaign.languages[language]!
  const question = { question: 'May I ring?', answer: 'Ring {phone}.' }
  const notice = { title: 'Privacy', updated: '2026-11-30', intro: 'Ask on {phone}.', sections: [] }
  const changed = { ...content, questions: { title: 'Questions', list: [question] }, notice }
  const asking: Campaign = { ...campaign, languages: { [language]: changed } }
  const linked = new RegExp(`(?:Ring|Ask on) <a href="tel:\\${dialled}"`)
  expect(pages(asking)[0]!.draw(template)).toMatch(linked)
  expect(notices(asking)[0]!.draw(template)).toMatch(linked)
})

test('the names of more than one other language take no line of their own on a phone: they open at a tap', () => {
  const { en, fa } = campaign.languages
  const header = (languages: Campaign['languages']) =>
    /<header>.*?<\/header>/s.exec(pages({ ...campaign, languages })[0]!.draw(template))![0]
  const three = header({ en: en!, fa: fa!, 'en-ie': { ...en!, locale: 'en-IE' } })
  expect(three).toMatch(/<details class="[^"]*sm:hidden.*?<summary.*?Language.*?href="\/fa".*?href="\/en-ie"/)
  expect(three).toMatch(/<nav aria-label="Language" class="hidden sm:flex/)
  expect(header({ en: en!, fa: fa! })).not.toContain('<details')
})

describe.each(drawn.map((page) => [page.name, page] as const))('%s', (name, { language, html }) => {
  const { content, words } = viewOf(campaign, language)

  test('its first bytes say the language, the direction and the variant', () => {
    const word = /hero\.\w/.exec(name)![0]
    expect(html).toStartWith(
      `<!doctype html>\n<html lang="${content.locale}" dir="${words.dir}" data-page="${word}">`,
    )
  })

  test('only what the API fills in is left open, each once, but for the address', () => {
    const left = [...html.matchAll(/%([a-z_]+)%/g)].map(([, placeholder]) => placeholder!)
    expect([...new Set(left)].sort()).toEqual([
      'config',
      ...(name.endsWith('consent_checkbox.on') ? ['consent_field'] : []),
      'delay',
      'film_absent',
      'film_hidden',
      'form_fields',
      'notice',
      'notice_hidden',
      'phone_alert',
      'phone_field',
      'phone_problem',
      'public_url',
    ])
    expect(new Set(left).size - 1).toBe(left.filter((placeholder) => placeholder !== 'public_url').length)
  })

  test('search engines find it in every language, and one address for each', () => {
    expect(html).toContain(`<link rel="canonical" href="%public_url%/${language}"/>`)
    for (const each of languages) expect(html).toContain(`hrefLang="${each}" href="%public_url%/${each}"`)
    expect(html).toContain('hrefLang="x-default" href="%public_url%/en"')
    expect(html).toContain(`<meta property="og:image" content="%public_url%/share-${language}.jpg"/>`)
    const [business, answers] = jsonIn(html, 'type="application/ld\\+json"')['@graph']
    expect(business).toMatchObject({ '@type': 'LocalBusiness', telephone: campaign.firm.phone.dialled })
    expect(answers.mainEntity).toHaveLength(content.questions!.list.length + 1)
  })

  test('each island is drawn with what stands beside it', () => {
    const islands = jsonIn(html, `type="application/json" id="${islandPropsId}"`)
    expect(islands['lead-form']).toMatchObject({
      language,
      flags: { consent_checkbox: name.endsWith('consent_checkbox.on') },
      action: '/api/leads',
    })
    for (const island of Object.keys(islands)) expect(html).toContain(`data-island="${island}"`)
    expect(html.includes('name="consent"')).toBe(islands['lead-form'].flags.consent_checkbox)
  })

  test('the answer to a posted form shows with scripts on as well, for they may never come', () => {
    expect(html).not.toContain('<noscript')
    for (const answer of ['thanks', 'duplicate'])
      expect(html).toMatch(
        new RegExp(`<div id="${answer}" class="[^"]*hidden [^"]*target:block.*?href="tel:`),
      )
  })

  test('a form that was refused has what is wrong beside its field, and a number to ring where that helps', () => {
    const forms = pageListing(campaign).postedForms[name]!
    expect(Object.keys(forms).sort()).toEqual([
      'invalid_phone',
      'rate_limited',
      'rejected',
      'required',
      'unavailable',
      'use_plus_prefix',
    ])
    const { problems, obstacles } = words.form
    expect(forms.required!.phone_problem).toContain(problems.required)
    expect(forms.unavailable!.delay).toContain(obstacles.unavailable)
    expect(forms.unavailable!.delay).toContain(`href="${callHref}"`)
    // Said once: by the field that has the focus, and by no alert.
    expect([forms.required!.phone_field, forms.required!.phone_alert]).toEqual([
      'aria-invalid="true" autofocus aria-describedby="phone-problem phone-hint"',
      '',
    ])
  })

  test('every link within it leads somewhere, and no style is where a strict policy forbids it', () => {
    const targets = [...html.matchAll(/href="#([^"]+)"/g)].map(([, target]) => target!)
    expect(targets).not.toBeEmpty()
    for (const target of targets) expect(html).toContain(` id="${target}"`)
    expect(html).not.toMatch(/ style="/)
  })
})

describe('a frontend developer is shown', () => {
  const shown = (address: string) => /<html [^>]*>/.exec(drawForAddress(campaign, template, address))![0]

  test('the first page, where nothing else is asked for', () => {
    expect(shown('/')).toBe('<html lang="en-GB" dir="ltr" data-page="hero.a">')
    expect(shown('/?variant=hero.none&language=xx')).toBe('<html lang="en-GB" dir="ltr" data-page="hero.a">')
  })

  test('any other by its address', () => {
    expect(shown('/?variant=hero.b&language=fa')).toBe('<html lang="fa" dir="rtl" data-page="hero.b">')
    expect(shown('/fa')).toBe('<html lang="fa" dir="rtl" data-page="hero.a">')
    expect(drawForAddress(campaign, template, '/?variant=consent_checkbox.on')).toContain('name="consent"')
  })
})

test('a host that only serves files has the first page, with nothing left open', () => {
  const html = fillFallback(campaign, drawn[0]!.html, 'https://here.example')
  expect(html).not.toMatch(/%[a-z_]+%/)
  expect(html).toContain('<link rel="canonical" href="https://here.example/"/>')
  expect(jsonIn(html, 'type="application/json" id="page-config"')).toMatchObject({
    word: 'hero.a',
    preview: false,
  })
})

test('the sitemap lists each language with all its alternates, and robots are told of it', () => {
  const files = rootFiles(campaign)
  const sitemap = files['sitemap.xml']!
  expect(sitemap.match(/<loc>/g)).toHaveLength(languages.length)
  expect(sitemap.match(/<xhtml:link /g)).toHaveLength(languages.length * (languages.length + 1))
  expect(files['robots.txt']).toContain('Sitemap: %public_url%/sitemap.xml')
  for (const language of languages)
    expect(JSON.parse(files[`site-${language}.webmanifest`]!)).toMatchObject({ start_url: `/${language}` })
})

describe.each(notices(campaign))('the privacy notice $file', ({ file, draw }) => {
  const language = /privacy-(\w+)\.html/.exec(file)![1]!
  const html = draw(
    template.replace('%data%', '<script type="module" crossorigin src="/assets/a.js"></script>%data%'),
  )

  test('has every word of it, with the firm and its number filled in, and no script', () => {
    const { content, words } = viewOf(campaign, language)
    for (const { title } of content.notice!.sections) expect(html).toContain(title)
    expect(html).toContain(words.phone)
    expect(html).not.toMatch(/<script|%\w+%|\{\w+\}/)
  })

  test('is where the page and the notices of other languages lead', () => {
    const page = drawn.find((each) => each.language === language)!.html
    expect(page).toContain(`href="/${file}"`)
    for (const other of languages)
      if (other !== language) expect(html).toContain(`href="/privacy-${other}.html"`)
    expect(html).toContain(`href="/${language}"`)
  })

  test('is what a frontend developer sees at its address', () => {
    expect(drawForAddress(campaign, template, `/${file}`)).toContain(
      viewOf(campaign, language).content.notice!.title,
    )
  })
})

describe('a campaign that says no more than it must', () => {
  const { en } = campaign.languages
  const { locale, title, description, privacy } = en!
  const small: Campaign = {
    ...campaign,
    firm: { name: 'Small', phone: campaign.firm.phone },
    variants: { a: campaign.variants.a },
    languages: { en: { locale, title, description, privacy, hero: { a: { title: 'One', text: 'Thing' } } } },
  }

  test.each(['a', 'b'] as const)('is drawn with its words and nothing else, as %s', (variant) => {
    const one = { ...small, variants: { a: campaign.variants[variant] } }
    const [page] = pages(one)
    const html = page!.draw(template)
    expect(html).not.toMatch(/undefined|NaN|\[object/)
    expect(html.match(/<h2\b/g)).toHaveLength(2)
    expect(jsonIn(html, `type="application/json" id="${islandPropsId}"`)).not.toHaveProperty('film')
    expect(pageListing(one)).toMatchObject({ languages: ['en'], experiments: { hero: ['a'] } })
  })

  test('is known to search engines as a firm without a place', () => {
    const [business] = jsonIn(pages(small)[0]!.draw(template), 'type="application/ld\\+json"')['@graph']
    expect(business).toMatchObject({ '@type': 'Organization', name: 'Small' })
  })
})

test('a language that brings no words along is refused with those that are missing', () => {
  const other = { ...campaign, languages: { xx: { ...campaign.languages.en!, form: { label: 'Phone' } } } }
  expect(() => pages(other)[0]!.draw(template)).toThrow(
    /^Landfast brings words along for en, fa, not for xx: write form\.title, form\.text, form\.hint, /,
  )
})

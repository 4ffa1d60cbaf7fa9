import { expect, test } from 'bun:test'
import { composePage, withPublicUrl } from './compose.ts'

const page = {
  language: 'en',
  variants: { hero: 'a' },
  word: 'hero.a',
  shownWord: 'hero.a',
  flags: { notice: '', film: true },
  isPreview: false,
  isAhead: false,
  publicUrl: 'https://example.com',
  phonePlan: null,
  lacksFilm: false,
}
const compose = (template: string, flags: Record<string, boolean | number | string> = page.flags) =>
  composePage(template, { ...page, flags })

test('a page knows where it is, and what was decided about it', () => {
  expect(compose('<link href="%public_url%/fa"><a href="%public_url%/">')).toBe(
    '<link href="https://example.com/fa"><a href="https://example.com/">',
  )
  expect(JSON.parse(compose('%config%'))).toEqual({
    language: 'en',
    variants: { hero: 'a' },
    word: 'hero.a',
    flags: { notice: '', film: true },
    preview: false,
    phone: null,
  })
})

test('a notice is text, whatever is in it', () => {
  const notice = `</script><script>alert("1")</script> & '%config%' $& $1`
  const html = compose('<p %notice_hidden%>%notice%</p><script>%config%</script>', { notice })
  expect(html).toStartWith('<p >&#60;/script&#62;&#60;script&#62;alert(&#34;1&#34;)&#60;/script&#62; &#38; ')
  expect(html).toContain('&#39;%config%&#39; $&#38; $1</p>')
  const config = html.slice(html.indexOf('<script>') + '<script>'.length, -'</script>'.length)
  expect(config).not.toContain('<')
  expect(JSON.parse(config).flags.notice).toBe(notice)
})

test('what a flag switches off is hidden, and a notice without words', () => {
  const template = '<p %notice_hidden%></p><i %film_hidden%></i>'
  expect(compose(template)).toBe('<p hidden></p><i ></i>')
  expect(compose(template, { notice: 'x', film: false })).toBe('<p ></p><i hidden></i>')
})

test('a film that is not there is marked as absent, for the page to show no button', () => {
  const compositions = [true, false].map((lacksFilm) =>
    composePage('<i %film_absent%></i>', { ...page, lacksFilm }),
  )
  expect(compositions).toEqual(['<i data-absent></i>', '<i ></i>'])
})

test('nothing else between percent signs is touched', () => {
  const css = 'a{width:50%;height:calc(1%+2%)} /* %other% %constructor% %PUBLIC_URL% */'
  expect(compose(css)).toBe(css)
})

test('a file at the root is only told where the site is', () => {
  expect(withPublicUrl('%public_url%/a %notice%', 'https://$&.example')).toBe('https://$&.example/a %notice%')
})

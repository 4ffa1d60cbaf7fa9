import { describe, expect, test } from 'bun:test'
import { composePage } from './compose-page.ts'

const template =
  '<p %notice_hidden%>%notice%</p><div %film_hidden%></div><script>%config%</script>%public_url%'

function composed(flags: Parameters<typeof composePage>[1]['flags']): string {
  const choice = { language: 'en', variants: { hero: 'a' }, word: 'hero.a', preview: false, flags }
  return composePage(template, { ...choice, publicUrl: 'https://here.example' })
}

describe('a page is filled in', () => {
  test('with nothing to see of an empty notice and a film that is switched off', () => {
    expect(composed({ notice: '', film: false })).toStartWith('<p hidden></p><div hidden></div>')
    expect(composed({ notice: 'Closed today', film: true })).toStartWith('<p >Closed today</p><div ></div>')
  })

  test('with text that can be nothing but text', () => {
    const html = composed({ notice: '</script><b>"%config%"' })
    expect(html).not.toContain('<b>')
    expect(html.match(/<\/script>/g)).toHaveLength(1)
    expect(html).toContain('&#34;%config%&#34;')
  })
})

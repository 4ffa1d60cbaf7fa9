import { expect, test } from 'bun:test'
import { createHash } from 'node:crypto'
import { pageHeaders } from './headers.ts'

function directive(html: string, name: string, origins = {}) {
  const policy = pageHeaders(html, origins)['content-security-policy']!
  return policy
    .split('; ')
    .find((each) => each.startsWith(`${name} `))
    ?.slice(name.length + 1)
}

const hash = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`

test('a page runs no code but that of its own origin', () => {
  expect(directive('<script type="module" src="/assets/a.js"></script>', 'script-src')).toBe("'self'")
  expect(pageHeaders('')['content-security-policy']).not.toContain('unsafe')
  expect(directive('', 'worker-src')).toBe("'self'")
})

test('an inline script or style that is part of the page is allowed by its hash, spaces and all', () => {
  const html =
    '<style media="all">\n a{} \n</style><SCRIPT>let a = 1\n</SCRIPT><script src="/a.js"></script><script></script>'
  expect(directive(html, 'script-src')).toBe(`'self' ${hash('let a = 1\n')}`)
  expect(directive(html, 'style-src')).toBe(`'self' ${hash('\n a{} \n')}`)
})

test('nobody may frame the page, change its base, or take its form elsewhere', () => {
  expect(directive('', 'frame-ancestors')).toBe("'none'")
  expect(directive('', 'base-uri')).toBe("'none'")
  expect(directive('', 'form-action')).toBe("'self'")
})

test('an API and a CDN on other origins are allowed where they are needed, and nowhere else', () => {
  const origins = { connect: ['https://api.example.com'], media: ['https://cdn.example.com'] }
  expect(directive('', 'connect-src', origins)).toBe("'self' https://api.example.com")
  expect(directive('', 'form-action', origins)).toBe("'self' https://api.example.com")
  expect(directive('', 'img-src', origins)).toBe("'self' data: https://cdn.example.com")
  expect(directive('', 'media-src', origins)).toBe("'self' https://cdn.example.com")
  expect(directive('', 'script-src', origins)).toBe("'self'")
})

test('the tags of a campaign may run, load pictures and send, and nothing else', () => {
  const scripts = { scripts: ['https://tags.example.com'] }
  expect(directive('', 'script-src', scripts)).toBe("'self' https://tags.example.com")
  expect(directive('', 'img-src', scripts)).toBe("'self' data: https://tags.example.com")
  expect(directive('', 'connect-src', scripts)).toBe("'self' https://tags.example.com")
  for (const name of ['default-src', 'worker-src', 'form-action'])
    expect(directive('', name, scripts)).toBe("'self'")
})

test('data in a page needs no leave to run', () => {
  const data = ['json', 'ld+json'].map((type) => `<script id="x" type="application/${type}">{"a":1}</script>`)
  expect(directive(data.join(''), 'script-src')).toBe("'self'")
  expect(directive('<script type="speculationrules">{}</script>', 'script-src')).toBe(`'self' ${hash('{}')}`)
})

import { describe, expect, test } from 'bun:test'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dir, '../..')
const read = (path: string) =>
  readFileSync(join(root, path), 'utf8')
    .split('\n')
    .filter((line) => !line.trimStart().startsWith('#'))
    .join('\n')
const routes = read('docker/nginx/routes.conf')
const errors = read('docker/nginx/errors.conf').replaceAll(
  /^ *include docker\/nginx\/own-answer.conf;\n/gm,
  read('docker/nginx/own-answer.conf'),
)

/** The locations of a file: how each is named, and what is inside. */
function locations(text: string): [string, string][] {
  return [...text.matchAll(/^location ([^{]*) \{\n([\s\S]*?)^\}/gm)].map(([, name, body]) => [name!, body!])
}
const inside = (start: string) => locations(routes).find(([name]) => name.includes(start))?.[1] ?? ''

describe('what the API is told', () => {
  const proxy = read('docker/nginx/proxy.conf')

  test('the address of the visitor is the one nginx sees, whatever the visitor writes', () => {
    expect(proxy).toContain('proxy_set_header X-Forwarded-For $remote_addr;')
    for (const header of ['X-Forwarded-Host', 'X-Forwarded-Port', 'Forwarded'])
      expect(proxy).toContain(`proxy_set_header ${header} "";`)
    for (const file of readdirSync(join(root, 'docker/nginx')).filter((name) => name.endsWith('.conf')))
      expect(read(`docker/nginx/${file}`)).not.toContain('$proxy_add_x_forwarded_for')
  })

  test('no request is repeated that may have been acted on', () => {
    expect(proxy + routes).not.toContain('non_idempotent')
  })
})

describe('submissions', () => {
  const body = inside('/api/(?:leads|submit)')

  test('are small, limited and never cached', () => {
    expect(body).toContain('client_max_body_size 16k;')
    expect(body).toContain('limit_req zone=submissions')
    expect(body).not.toContain('proxy_cache')
  })

  test('are offered to every API that may be starting or gone, and to one only once they were sent', () => {
    expect(body).toContain('proxy_next_upstream_tries 0;')
    expect(routes).toContain('\nproxy_next_upstream_tries 2;')
  })

  test('are waited for a little longer than the API needs at worst, and no more', () => {
    expect(body).toContain('proxy_read_timeout 12s;')
  })

  test.each(['/api/leads', '/api/leads/', '/api/submit', '/api/submit/'])('%s is one of them', (path) => {
    const [name] = locations(routes).find(([, text]) => text === body)!
    expect(path).toMatch(new RegExp(name.replace('~ ', '')))
  })
})

describe('the page', () => {
  const page = read('docker/nginx/page.conf')

  test.each(['/', '/en', '/fa', '/pt-br'])('%s is one', (path) => {
    const own = locations(routes).filter(([, body]) => body.includes('include docker/nginx/page.conf;'))
    const matching = own.filter(([name]) =>
      name.startsWith('= ') ? name === `= ${path}` : new RegExp(name.replace('~ ', '')).test(path),
    )
    expect(matching).toHaveLength(1)
  })

  test('is kept for a second where the API marks it, and never with a cookie', () => {
    expect(page).toContain('proxy_cache page;')
    expect(page.match(/proxy_cache_valid .*/g)).toEqual(['proxy_cache_valid 200 1s;'])
    for (const file of [page, read('docker/nginx/fallback.conf')])
      expect(file).toMatch(/^proxy_no_cache .*\$is_no_page;$/m)
    expect(read('docker/nginx/proxy.conf')).toContain('proxy_hide_header X-Keep-Page;')
    // Set-Cookie is not among them; with `updating` a page would be older than its second.
    expect(page.match(/proxy_ignore_headers .*/g)).toEqual([
      'proxy_ignore_headers Cache-Control Expires Vary X-Accel-Expires;',
    ])
    expect(page).not.toMatch(/updating|proxy_pass_header/)
  })

  test('no header of a visitor is part of its key or reaches its API but through a map', () => {
    const [key] = page.match(/proxy_cache_key .*/) ?? []
    expect(key).toBe('proxy_cache_key "$request_method $host $uri $page_language $page_word";')
    expect(page).toContain('proxy_set_header Cookie $visit_cookies;')
    const visit = read('docker/nginx/visit.conf')
    for (const cookie of ['lf_visitor', 'lf_page', 'lf_language']) {
      const [, value] = new RegExp(`map \\$cookie_${cookie} \\$\\w+ \\{\\n *"~\\^(\\[[^"]*)\\$"`).exec(visit)!
      expect(visit).toContain(`__Host-${cookie}=(?<host_`)
      expect(visit).toContain(`>${value}) *(?:;|$)" $host_`)
    }
  })

  test('pages for outages lie apart, and nobody can ask for them', () => {
    const kept = locations(routes).filter(([, body]) => body.includes('fallback.conf'))
    expect(kept.map(([name]) => name)).toEqual([
      '= /_fallback',
      '= /_fallback_first',
      '= /_warm',
      '= /_warm_first',
    ])
    for (const [, body] of kept) expect(body).toContain('internal;')
    const fallback = read('docker/nginx/fallback.conf')
    expect(fallback).toContain('proxy_cache fallback;')
    expect(fallback).toContain('proxy_set_header Cookie "";')
  })
})

test('every file that is included is there', () => {
  const files = readdirSync(join(root, 'docker/nginx')).filter((name) => name.endsWith('.conf'))
  const all = ['nginx.conf', ...files.map((name) => `docker/nginx/${name}`)]
  const included = all.flatMap((path) => read(path).match(/(?<=^\s*include )[^*;]+(?=;)/gm) ?? [])
  expect(included).toContain('docker/nginx/page.conf')
  // The one that nginx writes itself, as it starts in compose.
  const own = /^mv \S+ (\S+)$/m.exec(read('docker/nginx/where-the-api-is'))![1]!
  expect(included.filter((path) => path !== own && !existsSync(join(root, path)))).toEqual([])
})

test.each(['upstream.conf', 'where-the-api-is'])(
  'with %s no odd request of one visitor takes an API away from the others',
  (file) => {
    const servers = read(`docker/nginx/${file}`).match(/\bserver [^;"]*/g)!
    expect(servers).not.toBeEmpty()
    for (const server of servers) expect(server).toContain(' max_fails=0')
  },
)

test('whatever is passed on was read first, and is what was decided by', () => {
  const files = readdirSync(join(root, 'docker/nginx')).filter((name) => name.endsWith('.conf'))
  const proxied = files.filter((name) => /^\s*proxy_pass\b/m.test(read(`docker/nginx/${name}`)))
  expect(proxied).toEqual(['proxy.conf'])
  expect(read('docker/nginx/proxy.conf').replaceAll(/\s+/g, ' ')).toStartWith(
    'rewrite ^ $uri break; proxy_pass http://api;',
  )
})

test('the figures are not routed', () => {
  expect(inside('/metrics')).toContain('return 404;')
})

test.each([...locations(routes), ...locations(errors)])('%s sends the security headers', (_, body) => {
  expect(body).toContain('include docker/nginx/security-headers.conf;')
})

test('the security headers are sent with errors too', () => {
  for (const line of read('docker/nginx/security-headers.conf').match(/^add_header.*/gm) ?? [])
    expect(line).toEndWith(' always;')
})

describe('answers of nginx itself', () => {
  test.each(locations(errors))('%s takes whatever body came with what it answers', (_, body) => {
    expect(body).toContain('client_max_body_size 0;')
    expect(body).toContain('add_header X-Request-Id $named_request always;')
  })

  const bodies = [...errors.matchAll(/location = \/_error\/(\w+)\.json \{[\s\S]*?return (\d+) '(.*)';/g)].map(
    ([, code, status, body]) => [code!, status!, body!] as const,
  )

  test.each(bodies)('%s has the shape and code of the API', (name, _, body) => {
    const { error } = JSON.parse(body)
    const code = name === 'unreadable' ? 'unreadable_request' : name
    expect(error).toEqual({ code, message: expect.any(String), requestId: '$named_request' })
    expect(readFileSync(join(root, 'backend/problem.ts'), 'utf8')).toContain(`'${code}'`)
  })

  test('say when to come back', () => {
    expect(bodies.map(([code, status]) => [code, status])).toEqual([
      ['unreadable', '400'],
      ['not_found', '404'],
      ['method_not_allowed', '405'],
      ['body_too_large', '413'],
      ['rate_limited', '429'],
      ['unavailable', '503'],
    ])
    for (const [name, body] of locations(errors).filter(([name]) => /rate_limited|unavailable/.test(name)))
      expect([name, /add_header Retry-After \d+ always;/.test(body)]).toEqual([name, true])
  })
})

test('no query reaches a log', () => {
  const logging = read('docker/nginx/logging.conf')
  const format = logging.slice(logging.indexOf('log_format'), logging.indexOf('access_log'))
  for (const variable of [
    '$request"',
    '$request_uri',
    '$args',
    '$query_string',
    '$http_referer',
    '$remote_addr',
  ])
    expect(format).not.toContain(variable)
  expect(logging).toContain('error_log stderr crit;')
})

test('HTTPS is that of today, and nobody is told which nginx it is', () => {
  const tls = read('docker/nginx/optional/tls.server.conf')
  expect(tls).toContain('ssl_protocols TLSv1.2 TLSv1.3;')
  const [, ciphers = ''] = /^ *ssl_ciphers (.+);$/m.exec(tls) ?? []
  for (const cipher of ciphers.split(':'))
    expect(cipher).toMatch(/^ECDHE-.+-(?:GCM-SHA(?:256|384)|POLY1305)$/)
  expect(read('docker/nginx/optional/https-only.plain.conf')).toContain('return 308')
  expect(read('nginx.conf')).toContain('server_tokens off;')
})

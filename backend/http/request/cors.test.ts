import { describe, expect, test } from 'bun:test'
import { corsRoutes, corsRules, ownOriginRules, translatedOriginsOf } from './cors.ts'

const promo = 'https://promo.example.com'
const rules = corsRules([promo, 'http://localhost:5173'], 'https://landfast.example')

describe('who may submit', () => {
  test('a request without an origin passes: no page sent it', () => {
    expect(rules.originVerdict(null, 'landfast.example')).toBe('none')
    expect(rules.originVerdict('', 'landfast.example')).toBe('none')
  })

  test('a page of this origin passes', () => {
    expect(rules.originVerdict('http://localhost:8000', 'localhost:8000')).toBe('same')
    expect(rules.originVerdict('https://landfast.example', 'LANDFAST.example')).toBe('same')
    expect(rules.originVerdict('https://landfast.example', 'landfast.example:443')).toBe('same')
    expect(rules.originVerdict('http://landfast.example', 'landfast.example:80')).toBe('same')
    expect(rules.originVerdict('http://[::1]:8000', '[::1]:8000')).toBe('same')
  })

  test('a page of this origin passes behind a proxy that rewrites Host, or when it hides its referrer', () => {
    expect(rules.originVerdict('https://landfast.example', 'api:8000')).toBe('listed')
    expect(rules.originVerdict('https://other.example', 'api:8000', 'same-origin')).toBe('same')
    expect(rules.originVerdict('null', 'landfast.example', 'same-origin')).toBe('same')
  })

  test('a page of a listed origin passes', () => {
    expect(rules.originVerdict(promo, 'landfast.example', 'cross-site')).toBe('listed')
    expect(rules.originVerdict('http://localhost:5173', 'landfast.example')).toBe('listed')
  })

  test('our own page passes where Google shows its translation, and no other page that it shows', () => {
    const own = 'https://www.my-firm.example/'
    const translated = corsRules(translatedOriginsOf(own), own)
    const verdictOf = (host: string) =>
      translated.originVerdict(`https://${host}.translate.goog`, 'www.my-firm.example', 'cross-site')
    expect(verdictOf('www-my--firm-example')).toBe('listed')
    expect(verdictOf('www-my-firm-example')).toBe('refused')
    expect(verdictOf('www-my--firm-example.evil')).toBe('refused')
    expect(translatedOriginsOf('')).toEqual([])
  })

  test.each([
    ['https://evil.example', 'landfast.example'],
    ['http://promo.example.com', 'landfast.example'],
    ['https://promo.example.com:8443', 'landfast.example'],
    ['https://promo.example.com.evil.example', 'landfast.example'],
    ['https://evil.example/https://promo.example.com', 'landfast.example'],
    ['http://localhost:8001', 'localhost:8000'],
    ['http://landfast.example', 'landfast.example:443'],
    ['null', 'landfast.example'],
    ['https://evil.example', null],
    ['landfast.example', 'landfast.example'],
    ['https://', ''],
  ])('a page of %p calling %p is refused', (origin, host) => {
    expect(rules.originVerdict(origin, host)).toBe('refused')
    expect(rules.originVerdict(origin, host, 'same-site')).toBe('refused')
    expect(rules.originVerdict(origin, host, 'cross-site')).toBe('refused')
  })
})

describe('who may change something as an operator', () => {
  const own = ownOriginRules('https://landfast.example')

  test('over HTTPS is a page that came over HTTPS, wherever TLS ends', () => {
    expect(own.originVerdict('https://landfast.example', 'landfast.example')).toBe('same')
    expect(own.originVerdict('https://landfast.example', 'api:8000')).toBe('listed')
    expect(own.originVerdict('https://desk.example', 'desk.example')).toBe('same')
    expect(own.originVerdict('http://localhost:8000', 'localhost:8000', 'same-origin')).toBe('same')
  })

  test.each([
    ['http://landfast.example', 'landfast.example', null],
    ['http://landfast.example', 'landfast.example:80', 'same-site'],
    ['HTTP://landfast.example', 'landfast.example', 'cross-site'],
  ])('a page of %p on %p that came over plain HTTP is refused', (origin, host, site) => {
    expect(own.originVerdict(origin, host, site)).toBe('refused')
  })

  test('without HTTPS it is any page of ours', () => {
    const plain = ownOriginRules('http://localhost')
    expect(plain.originVerdict('http://localhost', 'localhost')).toBe('same')
    expect(plain.originVerdict('https://desk.example', 'desk.example')).toBe('same')
  })
})

describe('what a browser may read', () => {
  test('a listed origin may read the answer and its headers', () => {
    expect(rules.corsHeaders(promo)).toEqual({
      'access-control-allow-origin': promo,
      'access-control-expose-headers': 'Retry-After, Idempotent-Replayed',
      vary: 'Origin',
    })
  })

  test('the page of PUBLIC_URL may call an API that stands elsewhere', () => {
    expect(rules.corsHeaders('https://landfast.example')).toHaveProperty(
      'access-control-allow-origin',
      'https://landfast.example',
    )
  })

  test('any other origin may not, and caches keep the two apart', () => {
    for (const origin of ['https://evil.example', 'null', '', null])
      expect(rules.corsHeaders(origin)).toEqual({ vary: 'Origin' })
  })

  test('no answer allows credentials or everyone', () => {
    for (const headers of [rules.corsHeaders(promo), rules.preflightHeaders(promo)]) {
      expect(Object.keys(headers)).not.toContain('access-control-allow-credentials')
      expect(headers['access-control-allow-origin']).not.toBe('*')
    }
  })
})

describe('204', () => {
  const app = corsRoutes(rules, ['/api/leads', '/api/leads/', '/api/submit', '/api/submit/'])
  const ask = (path: string, origin: string) =>
    app.handle(
      new Request(`http://localhost${path}`, {
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'content-type,idempotency-key',
        },
      }),
    )

  test.each(['/api/leads', '/api/leads/', '/api/submit', '/api/submit/'])(
    'a preflight of %s tells a listed origin what it may send',
    async (path) => {
      const answer = await ask(path, promo)
      expect(answer.status).toBe(204)
      expect(answer.headers.get('access-control-allow-origin')).toBe(promo)
      expect(answer.headers.get('access-control-allow-methods')).toBe('GET, POST')
      expect(answer.headers.get('access-control-allow-headers')).toBe('Content-Type, Idempotency-Key')
      expect(answer.headers.get('access-control-max-age')).toBe('600')
      expect(answer.headers.get('vary')).toBe('Origin')
    },
  )

  test('a preflight of any other origin allows nothing', async () => {
    const answer = await ask('/api/leads', 'https://evil.example')
    expect(answer.status).toBe(204)
    expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([])
  })
})

import { afterAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { InvalidConfig, readConfig, settings } from './config.ts'

const enough = {
  DATABASE_URL: 'postgres://landfast:landfast@localhost:5432/landfast',
  REDIS_URL: 'redis://localhost:6379',
  SECRET_KEY: 'k'.repeat(32),
}

function faultsOf(env: Record<string, string | undefined>): readonly string[] {
  try {
    readConfig(env)
  } catch (error) {
    if (error instanceof InvalidConfig) return error.faults
    throw error
  }
  return []
}

const folder = mkdtempSync(join(tmpdir(), 'landfast-config-'))
afterAll(() => rmSync(folder, { recursive: true }))

function secretFile(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

describe('the defaults', () => {
  test('with a Postgres, a Redis and a key everything else has a default', () => {
    expect(readConfig(enough)).toMatchObject({
      environment: 'development',
      port: 8000,
      workerPort: 8001,
      ackMode: 'redis',
      dedupWindowMs: 86_400_000,
      rateLimit: { perMinute: 20, burst: 20 },
      pageCacheTtlMs: 60_000,
      requestLogTtlDays: 90,
      corsOrigins: [],
      dataDir: '.data',
    })
  })

  test('what is not given is off: no request log, no object storage', () => {
    const config = readConfig(enough)
    expect([config.mongoUrl, config.s3]).toEqual([undefined, undefined])
  })

  test('the address visitors see is that of this machine, with the port, where none is given', () => {
    expect(readConfig(enough).publicUrl).toBe('http://localhost:8000')
    expect(readConfig({ ...enough, PORT: '9000' }).publicUrl).toBe('http://localhost:9000')
    const given = (PUBLIC_URL: string) => readConfig({ ...enough, PORT: '9000', PUBLIC_URL }).publicUrl
    expect(given('https://Promo.example.com/')).toBe('https://promo.example.com')
    expect(given('http://localhost:80')).toBe('http://localhost')
  })

  test('an empty value means the default', () => {
    expect(readConfig({ ...enough, PORT: '', LOG_LEVEL: ' ', MONGO_URL: '' })).toEqual(readConfig(enough))
  })

  test('the cache lives in the Redis of the queue unless it has its own', () => {
    expect(readConfig(enough).redisCacheUrl).toBe(enough.REDIS_URL)
    const own = readConfig({ ...enough, REDIS_CACHE_URL: 'redis://localhost:6380' })
    expect(own.redisCacheUrl).toBe('redis://localhost:6380')
    expect(own.redisUrl).toBe(enough.REDIS_URL)
  })

  test('the burst follows the rate, and is never below one', () => {
    expect(readConfig({ ...enough, RATE_LIMIT_RPM: '90' }).rateLimit).toEqual({ perMinute: 90, burst: 90 })
    expect(readConfig({ ...enough, RATE_LIMIT_RPM: '0' }).rateLimit).toEqual({ perMinute: 0, burst: 1 })
  })

  test('nobody can change a setting after it was read', () => {
    expect(Object.isFrozen(readConfig(enough))).toBe(true)
  })
})

describe('faults', () => {
  test('all of them are listed together, each naming its setting', () => {
    const faults = faultsOf({
      PORT: 'eighty',
      ACK_MODE: 'memory',
      DATABASE_URL: 'mysql://localhost/landfast',
      SECRET_KEY: 'short',
      DEDUP_WINDOW_S: '0',
      RATE_LIMIT_RPM: '1.5',
      TRUSTED_PROXIES: '10.0.0.0/8, 10.0.0.0/33',
      CORS_ORIGINS: 'https://promo.example.com/page',
      DEFAULT_REGION: 'Iran',
      TIME_ZONE: 'Tehran',
      S3_ENDPOINT: 'http://localhost:9000',
      S3_SECRET_KEY: 'without the other',
    })
    for (const name of [
      ...['PORT', 'ACK_MODE', 'DATABASE_URL', 'REDIS_URL', 'SECRET_KEY', 'DEDUP_WINDOW_S', 'RATE_LIMIT_RPM'],
      ...['TRUSTED_PROXIES', 'CORS_ORIGINS', 'DEFAULT_REGION', 'TIME_ZONE', 'S3_ACCESS_KEY'],
    ])
      expect(faults.filter((fault) => fault.startsWith(name)).length).toBe(1)
    expect(faults.length).toBe(12)
  })

  test('nothing at all names what is missing', () => {
    expect(faultsOf({}).map((fault) => fault.split(' ')[0])).toEqual([
      'DATABASE_URL',
      'REDIS_URL',
      'SECRET_KEY',
    ])
  })

  test('no value is ever repeated', () => {
    const wrong = 'hunter2-not-to-be-seen'
    const everything = Object.fromEntries(settings.map(({ name }) => [name, wrong]))
    const told = (() => {
      try {
        readConfig(everything)
        return ''
      } catch (error) {
        return String(error) + JSON.stringify(error) + Bun.inspect(error)
      }
    })()
    expect(told).toContain('PORT must be')
    expect(told).not.toContain(wrong)
  })

  test('behind sentinels a replica confirms each lead unless something else is set', () => {
    const sentinels = { ...enough, REDIS_URL: 'redis+sentinel://one,two,three/leads' }
    expect(readConfig(enough).ackReplicas).toBe(0)
    expect(readConfig(sentinels).ackReplicas).toBe(1)
    expect(readConfig({ ...sentinels, REDIS_ACK_REPLICAS: '0' }).ackReplicas).toBe(0)
  })

  test('Redis may be missing only where a 202 waits for Postgres', () => {
    const { REDIS_URL: _, ...withoutRedis } = enough
    expect(faultsOf(withoutRedis).join()).toContain('ACK_MODE=pg')
    expect(readConfig({ ...withoutRedis, ACK_MODE: 'pg' }).redisUrl).toBeUndefined()
  })

  for (const [name, least, most] of [
    ['PORT', 0, 65_535],
    ['DEDUP_WINDOW_S', 1, 31_536_000],
    ['PAGE_CACHE_TTL_S', 1, 86_400],
    ['API_PROCESSES', 1, 256],
  ] as const)
    test(`${name} is a whole number from ${least} to ${most}`, () => {
      for (const value of [least, most]) expect(faultsOf({ ...enough, [name]: String(value) })).toEqual([])
      for (const value of [least - 1, most + 1, 'x', '1.5', 'Infinity', 'NaN'])
        expect(faultsOf({ ...enough, [name]: String(value) })).toEqual([
          `${name} must be a whole number from ${least} to ${most}`,
        ])
    })
})

describe('NAME_FILE', () => {
  test('a secret is read from the file that NAME_FILE names, without the newline at its end', () => {
    const SECRET_KEY_FILE = secretFile('key', `${'f'.repeat(40)}\n`)
    expect(readConfig({ ...enough, SECRET_KEY: undefined, SECRET_KEY_FILE }).secretKey).toBe('f'.repeat(40))
  })

  test('the file wins over the value', () => {
    const DATABASE_URL_FILE = secretFile('database', 'postgres://app:pw@db.internal/landfast')
    expect(readConfig({ ...enough, DATABASE_URL_FILE }).databaseUrl).toBe(
      'postgres://app:pw@db.internal/landfast',
    )
  })

  test('a file that cannot be read is a fault, and its path is not told', () => {
    const faults = faultsOf({ ...enough, SECRET_KEY_FILE: join(folder, 'nothing-here') })
    expect(faults).toContain('SECRET_KEY_FILE names a file that cannot be read')
    expect(faults.join()).not.toContain('nothing-here')
  })

  test('every setting can come from a file', () => {
    const PORT_FILE = secretFile('port', '9000')
    expect(readConfig({ ...enough, PORT_FILE }).port).toBe(9000)
  })
})

describe('production', () => {
  const production = {
    ...enough,
    NODE_ENV: 'production',
    SECRET_KEY: '9f3c1a77e0b24d58a6c1f09be7d23a45',
    DATABASE_URL: 'postgres://landfast:n0t-a-sample@postgres:5432/landfast',
  }

  test('it starts with real secrets', () => {
    expect(readConfig(production).environment).toBe('production')
  })

  for (const sample of ['changeme', 'replace-me', 'secret', 'example', 'insecure', 'password', 'test'])
    test(`a key that begins with "${sample}" is refused as a sample`, () => {
      expect(faultsOf({ ...production, SECRET_KEY: sample.padEnd(40, '-') })).toEqual([
        'SECRET_KEY is a sample or a pattern: make one with `openssl rand -hex 32`',
      ])
    })

  test('the sample password of Postgres is refused', () => {
    expect(faultsOf({ ...production, DATABASE_URL: enough.DATABASE_URL })).toEqual([
      'DATABASE_URL holds a sample password',
    ])
  })

  test.each([
    ['SECRET_KEY', ''],
    ['SECRET_KEY', '9f3c1a77e0b24d58a6c1'],
    ['DATABASE_URL', ''],
    ['DATABASE_URL', 'postgres://landfast:postgres@db/landfast'],
    ['DATABASE_URL', 'mysql://landfast:n0t-a-sample@db/landfast'],
    ['WORKER_DATABASE_URL', 'postgres://landfast:changeme@db/landfast'],
    ['MIGRATE_DATABASE_URL', 'postgres://landfast:landfast@db/landfast'],
    ['REDIS_URL', ''],
    ['REDIS_URL', 'redis://landfast:changeme@redis'],
    ['MONGO_URL', 'mongodb://landfast:mongo@mongo/landfast'],
    ['S3_SECRET_KEY', 'minioadmin'],
    ['ADMIN_PASSWORD', 'admin2026'],
    ['TRUSTED_PROXIES', '0.0.0.0/0'],
    ['DELIVERY_ALLOW', '0.0.0.0/0'],
    ['PUBLIC_URL', 'promo.example.com'],
    ['CORS_ORIGINS', 'evil'],
    ['ACK_MODE', 'never'],
    ['RATE_LIMIT_RPM', 'abc'],
    ['NODE_ENV', 'prod'],
  ])('does not start with %s being %p, names it, and repeats no secret', (name, value) => {
    const beside = {
      S3_SECRET_KEY: { S3_ENDPOINT: 'https://s3.example.com', S3_ACCESS_KEY: 'AKIDREADER' },
      ADMIN_PASSWORD: { ADMIN_EMAIL: 'admin@example.com' },
    }[name]
    const said = faultsOf({ ...production, ...beside, [name]: value }).join(' | ')
    expect(said).toContain(name)
    for (const secret of ['n0t-a-sample', '9f3c1a77e0b24d58', 'minioadmin', 'admin2026', 'changeme'])
      expect(said).not.toContain(secret)
  })

  test('samples are good enough for development', () => {
    expect(faultsOf({ ...enough, SECRET_KEY: 'change-me'.padEnd(40, '-') })).toEqual([])
  })
})

describe('lists', () => {
  test('they are split at commas, trimmed, and empty parts are dropped', () => {
    const config = readConfig({
      ...enough,
      ALLOWED_HOSTS: ' Example.com, ,www.example.com,',
      CORS_ORIGINS: 'https://promo.example.com , http://localhost:5173',
      TRUSTED_PROXIES: '10.0.0.0/8, ::1,192.0.2.7, 2001:db8::/32',
    })
    expect(config.allowedHosts).toEqual(['example.com', 'www.example.com'])
    expect(config.corsOrigins).toEqual(['https://promo.example.com', 'http://localhost:5173'])
    expect(config.trustedProxies).toEqual(['10.0.0.0/8', '::1', '192.0.2.7', '2001:db8::/32'])
  })

  for (const address of ['localhost', '*', '127.0.0.1:8000', '[::1]', '192.168.1', 'fe80::1%eth0'])
    test(`"${address}" is no address to listen on`, () => {
      expect(faultsOf({ ...enough, LISTEN_ADDRESS: address })).toEqual([
        'LISTEN_ADDRESS must be an address such as 127.0.0.1, ::1 or 0.0.0.0, or empty for all of the machine',
      ])
    })

  for (const host of ['https://a.example', 'localhost:8080', 'münchen.example', 'a b'])
    test(`"${host}" is no name that a Host header can be`, () => {
      expect(faultsOf({ ...enough, ALLOWED_HOSTS: host })).toEqual([
        'ALLOWED_HOSTS must list names such as www.example.com, without scheme and port, as xn--… where they have other letters',
      ])
    })

  test('hosts may be names, all below one, addresses, and end in a dot', () => {
    const config = readConfig({
      ...enough,
      ALLOWED_HOSTS: 'A.example., *.b.example, .c.example, [::1], 192.0.2.7',
    })
    expect(config.allowedHosts).toEqual(['a.example', '*.b.example', '.c.example', '[::1]', '192.0.2.7'])
  })

  for (const block of ['10.0.0.0/33', '10.0.0/8', '10.0.0.0/', '::/129', 'proxy.internal', '10.0.0.0/8/8'])
    test(`"${block}" is no block of addresses`, () => {
      expect(faultsOf({ ...enough, TRUSTED_PROXIES: block })).toEqual([
        'TRUSTED_PROXIES must list addresses or CIDR blocks',
      ])
    })

  test('scripts of a campaign may come from origins over https, their subdomains, and this machine', () => {
    const sources = [
      'https://a.example',
      'https://*.a.example',
      'https://a.example:8443',
      'http://127.0.0.1:9',
    ]
    expect(readConfig({ ...enough, CSP_SCRIPT_SOURCES: sources.join() }).scriptSources).toEqual(sources)
  })

  for (const source of [
    ...['*', 'https:', "'unsafe-inline'", 'https://*', 'https://*.example', 'http://a.example', 'a.example'],
    ...['https://a.example/tags.js', 'https://a.example; img-src *', 'https://*.a.example/'],
  ])
    test(`"${source}" is no origin of scripts`, () => {
      expect(faultsOf({ ...enough, CSP_SCRIPT_SOURCES: source })).toEqual([
        'CSP_SCRIPT_SOURCES must list origins over https such as https://www.example.com or https://*.example.com, without a path',
      ])
    })

  for (const origin of [
    'https://*',
    'https://*.example.com',
    '*',
    'https://a.example/',
    'a.example',
    'null',
    'https://a.example:443',
  ])
    test(`"${origin}" is no origin`, () => {
      expect(faultsOf({ ...enough, CORS_ORIGINS: origin }).length).toBe(1)
    })
})

test('a region that no number plan has is refused, for it would refuse every number without a prefix', () => {
  for (const region of ['UK', 'XX', 'I'])
    expect(() => readConfig({ ...enough, DEFAULT_REGION: region })).toThrow('DEFAULT_REGION')
  expect(readConfig({ ...enough, DEFAULT_REGION: 'gb' }).defaultRegion).toBe('GB')
})

test.each([
  ['Asia/Tehran', []],
  ['UTC', []],
  ['+03:30', ['TIME_ZONE must be the name of a zone such as Asia/Tehran']],
  ['-05:00', ['TIME_ZONE must be the name of a zone such as Asia/Tehran']],
])('the zone %s is one where the whole of Landfast reads it alike', (zone, faults) => {
  expect(faultsOf({ ...enough, TIME_ZONE: zone })).toEqual(faults)
})

test('API and worker cannot have one port', () => {
  expect(() => readConfig({ ...enough, PORT: '8001' })).toThrow('PORT and WORKER_PORT must differ')
  expect(() => readConfig({ ...enough, PORT: '0', WORKER_PORT: '0' })).not.toThrow()
})

test('an empty ACK_MODE waits for Redis', () => {
  expect(readConfig({ ...enough, ACK_MODE: '' }).ackMode).toBe('redis')
})

test('object storage is read without a key, or with both of them', () => {
  expect(readConfig({ ...enough, S3_ENDPOINT: 'http://localhost:9000' }).s3).toMatchObject({
    accessKey: '',
    secretKey: '',
  })
  const storage = { ...enough, S3_ENDPOINT: 'http://localhost:9000', S3_ACCESS_KEY: 'reader' }
  expect(faultsOf(storage)).toEqual(['S3_ACCESS_KEY and S3_SECRET_KEY belong together: set both, or neither'])
  expect(readConfig({ ...storage, S3_SECRET_KEY: 'key' }).s3).toMatchObject({ bucket: 'landfast-media' })
})

test('large exports are kept in a bucket that is not that of the media, with a key of its own', () => {
  const keeping = { ...enough, S3_ENDPOINT: 'http://localhost:9000', EXPORT_BUCKET: 'exports' }
  expect(faultsOf(keeping)).toEqual([expect.stringContaining('EXPORT_BUCKET needs S3_ENDPOINT')])
  const whole = { ...keeping, EXPORT_ACCESS_KEY: 'a', EXPORT_SECRET_KEY: 'b' }
  expect(readConfig(whole).exports).toMatchObject({ bucket: 'exports', accessKey: 'a' })
  expect(faultsOf({ ...whole, S3_BUCKET: 'exports' })).toEqual([
    expect.stringContaining('must not be S3_BUCKET'),
  ])
})

test('the request log is archived where there is a bucket, for longer than it is kept, and not before somebody who is late has come', () => {
  const bucket = {
    ...{ ...enough, S3_ENDPOINT: 'http://localhost:9000', EXPORT_BUCKET: 'exports' },
    ...{ EXPORT_ACCESS_KEY: 'a', EXPORT_SECRET_KEY: 'b' },
  }
  expect(readConfig(bucket).requestLogArchiveDays).toBe(0)
  expect(readConfig({ ...bucket, REQUEST_LOG_ARCHIVE_DAYS: '91' }).requestLogArchiveDays).toBe(91)
  expect(faultsOf({ ...enough, REQUEST_LOG_ARCHIVE_DAYS: '91' })).toEqual([
    expect.stringContaining('REQUEST_LOG_ARCHIVE_DAYS needs EXPORT_BUCKET'),
  ])
  for (const [ttl, days] of [
    ['90', '90'],
    ['3', '400'],
  ])
    expect(faultsOf({ ...bucket, REQUEST_LOG_TTL_DAYS: ttl, REQUEST_LOG_ARCHIVE_DAYS: days })).toEqual([
      expect.stringContaining('must be more than REQUEST_LOG_TTL_DAYS, and that 4 or more'),
    ])
})

test('every setting that is read is listed for operators, and none is listed in vain', () => {
  const asked = new Set<string>()
  const env = new Proxy<Record<string, string>>(
    { ...enough, S3_ENDPOINT: 'http://localhost:9000', S3_ACCESS_KEY: 'a', S3_SECRET_KEY: 'b' },
    {
      get(target, name: string) {
        asked.add(name)
        return target[name]
      },
    },
  )
  readConfig(env)
  const read = [...asked].filter((name) => !name.endsWith('_FILE'))
  expect(read.toSorted()).toEqual(settings.map(({ name }) => name).toSorted())
})

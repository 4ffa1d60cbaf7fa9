import { describe, expect, test } from 'bun:test'
import { InvalidConfig, readConfig } from './config.ts'
import { isPatternedKey, isSamplePassword } from './weak-secrets.ts'
import { weaknessesOf } from './weak-settings.ts'

const strong = '9f3c1a77e0b24d58a6c1f09be7d23a45'
const good = {
  NODE_ENV: 'production',
  DATABASE_URL: `postgres://landfast:${strong}@db:5432/landfast`,
  REDIS_URL: `redis://landfast:${strong}@redis:6379`,
  SECRET_KEY: strong,
  PUBLIC_URL: 'https://promo.example.com',
}

const start = (changed: Record<string, string>) => () => readConfig({ ...good, ...changed })
const told = (changed: Record<string, string>) => weaknessesOf(readConfig({ ...good, ...changed })).told

test('strong settings are started with, and nothing is said of them', () => {
  expect(told({})).toEqual([])
})

describe('production refuses by name, and repeats no value', () => {
  test.each([
    ['SECRET_KEY', { SECRET_KEY: 'a'.repeat(32) }],
    ['SECRET_KEY', { SECRET_KEY: 'ab'.repeat(20) }],
    ['SECRET_KEY', { SECRET_KEY: '0123456789abcdef0123456789abcdef' }],
    ['SECRET_KEY', { SECRET_KEY: 'change-me-to-something-long-enough-please' }],
    ...[
      ...[
        'a1b2c3d4'.repeat(4),
        'correct-horse-battery-staple-'.repeat(2),
        'qwertyuiopasdfghjklzxcvbnm123456',
      ],
      ...[
        '1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9',
        'abcdefghijklmnopqrstuvwxyz012345',
        'fedcba9876543210fedcba9876543210',
      ],
      ...[
        'zyxwvutsrqponmlkjihgfedcba987654',
        'deadbeefdeadbeefdeadbeefcafebabe',
        'this-is-a-very-long-secret-string-please',
      ],
      ...[
        'SECRETsecretSECRETsecretSECRETse',
        '00112233445566778899aabbccddeeff',
        '12345678901234567890123456789012',
      ],
      ...[
        'landfast-production-secret-key-2026',
        'aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbb',
        strong.slice(0, 16).repeat(2),
      ],
      // Of nothing, and of `secret` and a line end.
      ...[
        'd41d8cd98f00b204e9800998ecf8427e',
        'E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855',
        '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=',
        new Bun.CryptoHasher('sha1').update('secret\n').digest('hex'),
      ],
    ].map((SECRET_KEY) => ['SECRET_KEY', { SECRET_KEY }] as const),
    ...[
      ...[
        'postgres1',
        'Password123!',
        'p@ssw0rd',
        'landfast2026',
        'qwerty123',
        '1234567890',
        'changeme!',
        'abcabcabc',
      ],
      ...['landfast', 'LANDFAST1', 'zxcvbnm', 'admin-1', '2026password'],
    ].flatMap((password) => [
      [
        'DATABASE_URL',
        { DATABASE_URL: `postgres://landfast:${encodeURIComponent(password)}@db/landfast` },
      ] as const,
      ['REDIS_URL', { REDIS_URL: `redis://:${encodeURIComponent(password)}@redis:6379` }] as const,
    ]),
    ['DATABASE_URL', { DATABASE_URL: 'postgres://landfast@db/landfast?password=postgres' }],
    ['DATABASE_URL', { DATABASE_URL: `postgres://landfast:${strong}@db/landfast?password=postgres` }],
    ['WORKER_DATABASE_URL', { WORKER_DATABASE_URL: 'postgres://db/landfast?user=worker7&password=worker7' }],
    ...[
      'password1234',
      'Administrator1',
      'qwertyuiop12',
      'owner-2026-2026',
      '123456789012',
      'Example.com-2026',
      'Summer2026!!',
    ].map(
      (ADMIN_PASSWORD) => ['ADMIN_PASSWORD', { ADMIN_EMAIL: 'owner@example.com', ADMIN_PASSWORD }] as const,
    ),
    ['S3_SECRET_KEY', { S3_ENDPOINT: 'http://s3', S3_ACCESS_KEY: strong, S3_SECRET_KEY: strong }],
    ['S3_SECRET_KEY', { S3_ENDPOINT: 'http://s3', S3_ACCESS_KEY: 'landfast', S3_SECRET_KEY: 'minioadmin1' }],
    ['S3_ACCESS_KEY', { S3_ENDPOINT: 'http://s3', S3_ACCESS_KEY: 'MinioAdmin', S3_SECRET_KEY: strong }],
    ...[
      ...[
        '0.0.0.0/0',
        '::/0',
        '0.0.0.0/1,128.0.0.0/1',
        'crm.lan,::/1',
        '8000::/1',
        '::ffff:0:0/96',
        '10.0.0.0/7',
      ],
      ...['0:0:0:0:0:ffff:0:0/97', '::ffff:0.0.0.0/96', 'fc00::/6'],
    ].map((DELIVERY_ALLOW) => ['DELIVERY_ALLOW', { DELIVERY_ALLOW }] as const),
    ['DATABASE_URL', { DATABASE_URL: 'postgres://landfast:landfast@db/landfast' }],
    ['DATABASE_URL', { DATABASE_URL: 'postgres://app:ap%70@db/landfast' }],
    ['REDIS_URL', { REDIS_URL: 'redis://:foobared@redis:6379' }],
    ['REDIS_CACHE_URL', { REDIS_CACHE_URL: 'redis://:password@cache:6379' }],
    ['MONGO_URL', { MONGO_URL: 'mongodb://root:example@one:27017,two:27017/log' }],
    ['S3_ACCESS_KEY', { S3_ENDPOINT: 'http://s3', S3_ACCESS_KEY: 'minioadmin', S3_SECRET_KEY: 'minioadmin' }],
    ['S3_SECRET_KEY', { S3_ENDPOINT: 'http://s3', S3_ACCESS_KEY: 'landfast', S3_SECRET_KEY: 'changeme' }],
    ['TRUSTED_PROXIES', { TRUSTED_PROXIES: '0.0.0.0/0' }],
    ['TRUSTED_PROXIES', { TRUSTED_PROXIES: '0.0.0.0/1,128.0.0.0/1' }],
    ['TRUSTED_PROXIES', { TRUSTED_PROXIES: '10.0.0.0/8,::/0' }],
    ['TRUSTED_PROXIES', { TRUSTED_PROXIES: '::ffff:0:0/96' }],
    // The same and its half in other spellings, and a piece of everybody's addresses.
    ...[
      ...['0:0:0:0:0:ffff:0:0/96', '::1/64', '0:0::/64', '::0/80', '::fffe:0:0/95', '::ffff:0.0.0.0/97'],
      ...['::ffff:128.0.0.0/97', '::ffff:10.0.0.0/97', '2000::/3', '2a00::/12'],
      Array.from({ length: 32 }, (_, first) => `${first}.0.0.0/8`).join(),
    ].map((TRUSTED_PROXIES) => ['TRUSTED_PROXIES', { TRUSTED_PROXIES }] as const),
  ])('%s: %p', (name, changed) => {
    expect(start(changed)).toThrow(InvalidConfig)
    expect(start(changed)).toThrow(name)
    for (const value of Object.values(changed)) expect(start(changed)).not.toThrow(value)
  })
})

test('what generators make is no pattern', () => {
  const made = (alphabet: string, length: number) =>
    Array.from({ length }, () => alphabet[Math.floor(Math.random() * alphabet.length)]).join('')
  const hex = '0123456789abcdef'
  for (let time = 0; time < 2_000; time++) {
    const secret = made(hex, 32)
    expect([secret, isPatternedKey(secret), isSamplePassword(secret)]).toEqual([secret, false, false])
    expect(isSamplePassword(made(`${hex}ghijkmnpqrstuvwxyz`, 12))).toBe(false)
  }
})

test('the networks of compose, and what is only used at home, are not refused', () => {
  expect(
    start({
      TRUSTED_PROXIES:
        '10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,fc00::/7,::ffff:10.0.0.0/104,2400:cb00::/32,::1',
    }),
  ).not.toThrow()
  expect(
    start({ DELIVERY_ALLOW: 'crm.lan,10.0.0.0/8,192.168.1.7,fc00::/7,::ffff:10.0.0.0/104,::1' }),
  ).not.toThrow()
  const atHome = {
    NODE_ENV: 'development',
    SECRET_KEY: 'a'.repeat(32),
    REDIS_URL: 'redis://:redis@localhost',
  }
  expect(start(atHome)).not.toThrow()
})

describe('what may be wanted is said', () => {
  test.each([
    ['a Redis without password', { REDIS_URL: 'redis://redis:6379' }, 'REDIS_URL has no password'],
    [
      'a Mongo without password',
      { MONGO_URL: 'mongodb://one:27017,two:27017/log' },
      'MONGO_URL has no password',
    ],
    [
      'a Postgres without password',
      { DATABASE_URL: 'postgres://landfast@db/landfast' },
      'DATABASE_URL has no password',
    ],
    ['a page over http', { PUBLIC_URL: 'http://promo.example.com' }, 'PUBLIC_URL is http'],
    [
      'an address nobody outside can open',
      { PUBLIC_URL: 'http://localhost:8000' },
      'PUBLIC_URL is an address of this machine',
    ],
    [
      'a public site that is not in production',
      { NODE_ENV: 'development', PUBLIC_URL: 'https://promo.shop' },
      'NODE_ENV is not production',
    ],
    [
      'a public site whose NODE_ENV was forgotten',
      { NODE_ENV: '', PUBLIC_URL: 'http://203.0.113.7' },
      'NODE_ENV is not production',
    ],
    [
      'a key that owns the object storage',
      { S3_ENDPOINT: 'https://s3', S3_ACCESS_KEY: 'landfast', S3_SECRET_KEY: '9f3c1a77e0b24d58' },
      'S3_ACCESS_KEY is that of the owner',
    ],
  ])('%s', (_, changed, sentence) => {
    expect(told(changed)).toEqual([expect.stringContaining(sentence)])
  })

  test('at home nothing is', () => {
    expect(told({ NODE_ENV: 'development', PUBLIC_URL: 'http://192.168.1.7:8000' })).toEqual([])
    expect(told({ NODE_ENV: 'development', PUBLIC_URL: 'http://localhost:8000' })).toEqual([])
  })
})

import { expect, test } from 'bun:test'
import { examineControls, examineForProduction } from './for-production.ts'
import { previewConfig } from './run.ts'

const good = {
  DATABASE_URL: 'postgres://landfast:9f3c1a77e0b24d58@db/landfast',
  REDIS_URL: 'redis://landfast:9f3c1a77e0b24d58@redis',
  SECRET_KEY: '9f3c1a77e0b24d58a6c1f09be7d23a45',
  PUBLIC_URL: 'https://promo.example.com',
  ALLOWED_HOSTS: 'promo.example.com',
}

test('it says what strangers are told, unless that is off', () => {
  expect(examineForProduction(good)).toEqual([
    { level: 'note', what: 'Production', says: expect.stringContaining('PUBLIC_DUPLICATE_SIGNAL is on') },
  ])
  expect(examineForProduction({ ...good, PUBLIC_DUPLICATE_SIGNAL: 'off' }).map(({ level }) => level)).toEqual(
    ['ok'],
  )
})

test('a key of the object storage is told of, whichever it is; without one nothing is', () => {
  const quiet = { ...good, PUBLIC_DUPLICATE_SIGNAL: 'off', S3_ENDPOINT: 'https://s3.example.com' }
  expect(examineForProduction(quiet).map(({ level }) => level)).toEqual(['ok'])
  const withKey = { ...quiet, S3_ACCESS_KEY: 'AKIDREADER', S3_SECRET_KEY: '9f3c1a77e0b24d58' }
  expect(examineForProduction(withKey)).toEqual([
    { level: 'note', what: 'Production', says: expect.stringContaining('S3_ACCESS_KEY is set') },
  ])
})

test('what production refuses is a fault, whatever NODE_ENV is now', () => {
  const weak = { ...good, NODE_ENV: 'development', SECRET_KEY: 'a'.repeat(32) }
  expect(examineForProduction(weak)).toEqual([
    { level: 'fault', what: 'Production', says: expect.stringContaining('SECRET_KEY') },
  ])
})

test('what start makes by itself is nothing that production refuses', () => {
  expect(previewConfig({ NODE_ENV: 'production', PUBLIC_URL: good.PUBLIC_URL }).environment).toBe(
    'production',
  )
})

const strict = {
  ...good,
  DATABASE_URL: 'postgres://landfast_api:9f3c1a77e0b24d58@db/landfast?sslmode=verify-full',
  MIGRATE_DATABASE_URL: 'postgres://landfast:a6c1f09be7d23a45@db/landfast?sslmode=verify-full',
  REDIS_URL: 'rediss://landfast:9f3c1a77e0b24d58@redis',
  TRUSTED_PROXIES: '10.0.0.0/8',
  PUBLIC_DUPLICATE_SIGNAL: 'off',
  ADMIN_SECOND_FACTOR: 'required',
}
const lackingIn = (env: Record<string, string>) =>
  examineControls(env).flatMap(({ level, what }) => (level === 'ok' ? [] : [what]))

test('settings that leave no control out have all thirty', () => {
  expect(examineControls(strict).length).toBe(30)
  expect(lackingIn(strict)).toEqual([])
})

test.each([
  [{ TRUSTED_PROXIES: '' }, ['Control 2']],
  [{ RATE_LIMIT_RPM: '0' }, ['Control 4']],
  [{ ALLOWED_HOSTS: '' }, ['Control 7']],
  [{ CSP_SCRIPT_SOURCES: 'https://tags.example.com' }, ['Control 8']],
  [{ CORS_ORIGINS: 'http://elsewhere.example.com' }, ['Control 9']],
  [{ PUBLIC_URL: 'http://promo.example.com' }, ['Control 12', 'Control 30']],
  [{ ADMIN_SECOND_FACTOR: 'optional' }, ['Control 14']],
  [{ MIGRATE_DATABASE_URL: '' }, ['Control 20']],
  [{ REDIS_URL: good.REDIS_URL }, ['Control 20']],
  [{ DATABASE_URL: 'postgres://landfast_api:9f3c1a77e0b24d58@db/landfast' }, ['Control 20']],
  [{ DELIVERY_ALLOW: '10.1.2.3' }, ['Control 25']],
  [{ PUBLIC_DUPLICATE_SIGNAL: 'on' }, ['Control 28']],
])('%j leaves %j not whole', (changed, lacking) => {
  expect(lackingIn({ ...strict, ...changed })).toEqual(lacking)
})

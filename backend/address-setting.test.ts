import { describe, expect, test } from 'bun:test'
import {
  databaseAddress,
  faultInAddress,
  folderAddress,
  mongoAddress,
  originAddress,
  redisAddress,
  withPassword,
} from './address-setting.ts'

describe('an address of which every part is used is taken', () => {
  test.each([
    ['postgres://localhost/landfast', databaseAddress],
    [
      'postgresql://app:p%23w@[::1]:5432/landfast?sslmode=verify-full&options=-c%20search_path%3Dapp',
      databaseAddress,
    ],
    ['postgres://app@/landfast?host=/var/run/postgresql', databaseAddress],
    ['postgres:///landfast?host=/var/run/postgresql', databaseAddress],
    ['postgres://app:a@b:c@db/landfast', databaseAddress],
    ['redis://localhost', redisAddress],
    ['rediss://:pw@cache.example:6380/3', redisAddress],
    ['redis://localhost/?db=2&family=6', redisAddress],
    ['redis+sentinel://app:p%23w@one,two:26380,[::1]:26379/leads', redisAddress],
    ['rediss+sentinel://one/leads', redisAddress],
    ['mongodb://u:p@one:27017,two:27017/log?replicaSet=rs0&w=1', mongoAddress],
    ['mongodb+srv://u:p@cluster.example/log', mongoAddress],
    ['http://localhost:9000/', originAddress],
    ['https://cdn.example/media/', folderAddress],
  ])('%s', (value, rule) => {
    expect(faultInAddress('SETTING', value, rule)).toBeUndefined()
  })
})

describe('a part that would be dropped in silence is refused by name', () => {
  test.each([
    ['postgres://db/landfast?schema=app', databaseAddress, 'SETTING has "schema" behind its ?'],
    ['postgres://db/landfast?sslmode=require&channel_binding=require', databaseAddress, '"channel_binding"'],
    ['postgres://db/landfast#app', databaseAddress, 'a part behind a #'],
    ['redis://cache/sessions', redisAddress, 'the number of a database behind its host'],
    ['redis://cache/1/2', redisAddress, 'the number of a database'],
    ['redis://cache?tls=true', redisAddress, '"tls"'],
    ['redis://cache/1#2', redisAddress, 'a part behind a #'],
    ['redis://cache/1?db=2', redisAddress, 'says its db twice'],
    ['redis://one,two:6379', redisAddress, 'several hosts'],
    ['redis+sentinel://one,two', redisAddress, 'must have the name of the master behind its hosts'],
    ['redis+sentinel://one,two/leads/1', redisAddress, 'the name of the master behind its host'],
    ['redis+sentinel://one,two/leads?db=2', redisAddress, '"db"'],
    ['postgres://app@db1:5432,db2:5432/landfast', databaseAddress, 'several hosts'],
    ['postgres://app@db/landfast?host=other', databaseAddress, 'says its host twice'],
    ['postgres://app:secret@db/landfast?password=other', databaseAddress, 'says its password twice'],
    ['postgres://db/landfast?sslmode=require&sslmode=disable', databaseAddress, 'says its sslmode twice'],
    ['http://minio:9000/storage', originAddress, 'nothing behind its host'],
    ['http://minio:9000?region=eu', originAddress, '"region"'],
    ['http://key:secret@minio:9000', originAddress, 'a user or a password'],
    ['https://cdn.example/media?v=2', folderAddress, '"v"'],
    ['https://cdn.example/media#x', folderAddress, 'a part behind a #'],
    ['mongodb://one,two/log#x', mongoAddress, 'a part behind a #'],
  ])('%s', (value, rule, sentence) => {
    expect(faultInAddress('SETTING', value, rule)).toContain(sentence)
  })
})

describe('a password that cuts its address says so, and is not repeated', () => {
  test.each([
    ...['a#b', '1#b', 'a/b', '1/b', 'a?b', '1?b', '1?b=c', 'a%zz', '#', '1#secret?', '1/secret#'].map(
      (password) => [`postgres://landfast:${password}@postgres:5432/landfast`, databaseAddress] as const,
    ),
    ['redis://:1#b@redis:6379', redisAddress] as const,
    ['mongodb://u:a/b@mongo/log', mongoAddress] as const,
  ])('%s', (value, rule) => {
    const sentence = faultInAddress('SETTING', value, rule) ?? ''
    expect(sentence).toContain('a #, /, ? or % of its password')
    expect(sentence).toContain('SETTING_PASSWORD')
    expect(sentence).not.toContain('secret')
  })
})

describe('a password of its own', () => {
  const strange = `a#b/c?d%41 :@"$'\\ü`

  test.each([
    ['postgres://landfast@postgres:5432/landfast', 'landfast'],
    ['postgres://postgres:5432/landfast?application_name=a', ''],
    ['redis://redis', ''],
    ['mongodb://landfast@one:1/log', 'landfast'],
  ])('is put into %s, whatever its characters', (address, user) => {
    const whole = new URL(withPassword(address, strange))
    expect(decodeURIComponent(whole.password)).toBe(strange)
    expect(whole.username).toBe(user)
    expect(`${whole.host}${whole.pathname}${whole.search}`).toBe(
      `${new URL(address).host}${new URL(address).pathname}${new URL(address).search}`,
    )
  })

  test('goes in front of several hosts, and never before one that is there', () => {
    expect(withPassword('mongodb://u@one:1,two:2/log?w=1', 'p@')).toBe('mongodb://u:p%40@one:1,two:2/log?w=1')
    expect(withPassword('postgres://u:own@db/x', 'other')).toBe('postgres://u:own@db/x')
    expect(withPassword('postgres://u@db/x', '')).toBe('postgres://u@db/x')
  })
})

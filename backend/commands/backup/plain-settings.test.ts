import { expect, test } from 'bun:test'
import { plainSettings } from './plain-settings.ts'

test('the settings of a backup hold no secret, and no password of an address', () => {
  const text = plainSettings({
    PUBLIC_URL: 'https://www.example.com',
    DATABASE_URL: 'postgres://landfast:a-word@db.lan:5432/landfast?sslmode=verify-full',
    DATABASE_URL_PASSWORD: 'a-word',
    SECRET_KEY: 'a-word',
    S3_ACCESS_KEY: 'a-word',
    S3_SECRET_KEY: 'a-word',
    BACKUP_KEY: 'a-word',
    ADMIN_PASSWORD: 'a-word',
    SECRET_KEY_FILE: '/run/a-word',
    PATH: '/usr/bin',
  })
  expect(text).toBe(
    [
      'PUBLIC_URL=https://www.example.com',
      'DATABASE_URL=postgres://landfast@db.lan:5432/landfast?sslmode=verify-full',
      '',
    ].join('\n'),
  )
})

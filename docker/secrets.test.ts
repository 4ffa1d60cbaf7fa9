import { afterEach, expect, test } from 'bun:test'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const script = join(import.meta.dir, 'secrets')
const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

function checkout(env: string) {
  const folder = mkdtempSync(join(tmpdir(), 'landfast-secrets-'))
  folders.push(folder)
  writeFileSync(join(folder, '.env'), env)
  return {
    run(...args: string[]) {
      const { exitCode, stdout, stderr } = Bun.spawnSync(['sh', script, ...args], { cwd: folder })
      return { exitCode, said: `${stdout}${stderr}` }
    },
    file: (path: string) => readFileSync(join(folder, path), 'utf8'),
    mode: (path: string) => statSync(join(folder, path)).mode & 0o777,
    list: (path: string) => readdirSync(join(folder, path)).sort(),
    env: () =>
      Object.fromEntries(
        readFileSync(join(folder, '.env'), 'utf8')
          .split('\n')
          .filter((line) => line.includes('='))
          .map((line) => line.split(/=(.*)/s) as [string, string]),
      ),
  }
}

test('names every missing secret at once', () => {
  const { run, env } = checkout('SECRET_KEY=\nPOSTGRES_PASSWORD=set\n')
  const { exitCode, said } = run('--check')
  expect(exitCode).toBe(1)
  expect(said).toBe(
    'Missing in .env: run `sh docker/secrets`, which makes up what is missing and changes nothing else: SECRET_KEY POSTGRES_API_PASSWORD POSTGRES_WORKER_PASSWORD REDIS_PASSWORD MONGO_PASSWORD MONGO_ROOT_PASSWORD S3_SECRET_KEY\n',
  )
  expect(env()).toEqual({ SECRET_KEY: '', POSTGRES_PASSWORD: 'set' })
})

const allButProfiles = [
  ...[
    'SECRET_KEY',
    'POSTGRES_PASSWORD',
    'POSTGRES_API_PASSWORD',
    'POSTGRES_WORKER_PASSWORD',
    'REDIS_PASSWORD',
  ],
  ...['MONGO_PASSWORD', 'MONGO_ROOT_PASSWORD', 'S3_SECRET_KEY'],
].map((name) => `${name}=set\n`)
test.each([
  ['', ''],
  ['COMPOSE_PROFILES=pooler', ''],
  ['COMPOSE_PROFILES=backup', 'BACKUP_KEY'],
  ['COMPOSE_PROFILES="pooler,observability"', 'GRAFANA_PASSWORD'],
  ['COMPOSE_PROFILES=*', 'BACKUP_KEY GRAFANA_PASSWORD'],
  ['COMPOSE_FILE=docker-compose.yml:docker/compose.archive.yml', 'BACKUP_KEY'],
])('misses only what is used: %p lacks %p', (line, lacking) => {
  const { run, env } = checkout(`${allButProfiles.join('')}${line}\n`)
  const { exitCode, said } = run('--check')
  expect(exitCode).toBe(lacking ? 1 : 0)
  expect(said).toEndWith(lacking ? `: ${lacking}\n` : 'Every secret is set.\n')
  run()
  expect(env().BACKUP_KEY).toMatch(/^[0-9a-f]{64}$/)
  expect(env().SECRET_KEY).toBe('set')
})

test('makes up what is missing, keeps what is set, and lets only the owner read it', () => {
  const { run, env, mode } = checkout(
    'SECRET_KEY=\nPOSTGRES_PASSWORD="mine = and \\"mine\\""\nRATE_LIMIT_RPM=5\n',
  )
  expect(run().exitCode).toBe(0)
  const { SECRET_KEY, POSTGRES_PASSWORD, RATE_LIMIT_RPM, REDIS_PASSWORD } = env()
  expect(SECRET_KEY).toMatch(/^[0-9a-f]{64}$/)
  expect(REDIS_PASSWORD).toMatch(/^[0-9a-f]{64}$/)
  expect(REDIS_PASSWORD).not.toBe(SECRET_KEY)
  expect(POSTGRES_PASSWORD).toBe('"mine = and \\"mine\\""')
  expect(RATE_LIMIT_RPM).toBe('5')
  expect(mode('.env')).toBe(0o600)
  expect(run('--check')).toEqual({ exitCode: 0, said: 'Every secret is set.\n' })
})

test('run again, it changes nothing', () => {
  const { run, file } = checkout('')
  run()
  const before = file('.env')
  expect(run().said).toContain('nothing was changed')
  expect(file('.env')).toBe(before)
})

test('writes files that only the folder protects, and moves what .env held into them', () => {
  const { run, file, mode, list, env } = checkout('POSTGRES_PASSWORD=abc\n')
  expect(run('keys').exitCode).toBe(0)
  expect(list('keys')).toEqual([
    '.gitignore',
    'backup_key',
    'grafana_password',
    'mongo_password',
    'mongo_root_password',
    'postgres_api_password',
    'postgres_password',
    'postgres_worker_password',
    'redis_password',
    's3_secret_key',
    'secret_key',
  ])
  expect(file('keys/postgres_password')).toBe('abc')
  expect(mode('keys')).toBe(0o700)
  expect(mode('keys/secret_key')).toBe(0o444)
  expect(file('.env')).not.toContain('abc')
  expect(env().COMPOSE_FILE).toBe('docker-compose.yml:docker/compose.secrets.yml')
  const before = file('keys/secret_key')
  expect(run('keys').exitCode).toBe(0)
  expect(file('keys/secret_key')).toBe(before)
})

test('other compose files that .env names stay, and git and the image get nothing of the folder', () => {
  const { run, file, env } = checkout('COMPOSE_FILE=docker-compose.yml:docker/compose.tls.yml\n')
  for (const _ of ['made', 'found again']) expect(run('keys').exitCode).toBe(0)
  expect(env().COMPOSE_FILE).toBe('docker-compose.yml:docker/compose.tls.yml:docker/compose.secrets.yml')
  expect(file('keys/.gitignore')).toBe('*\n')
  const { exitCode, said } = run('backend/keys')
  expect(exitCode).toBe(1)
  expect(said).toContain('would become part of the image')
})

test.each([
  ['a#b', 'a#b'],
  ['a b@c/d?e%41:f', 'a b@c/d?e%41:f'],
  ["'a$b'", 'a$b'],
  ['"mine = and \\"mine\\""', 'mine = and "mine"'],
  ['a#b\r', 'a#b'],
])('a password such as %s is taken as compose takes it', (written, meant) => {
  const { run, file } = checkout(`POSTGRES_PASSWORD=${written}\n`)
  expect(run('--check').said).not.toContain('POSTGRES_PASSWORD')
  expect(run('keys').exitCode).toBe(0)
  expect(file('keys/postgres_password')).toBe(meant)
})

test('makes what is missing a file where the others are files', () => {
  const { run, env, list, file } = checkout('')
  run('keys')
  const before = file('keys/secret_key')
  rmSync(join(folders.at(-1)!, 'keys/backup_key'))
  writeFileSync(join(folders.at(-1)!, '.env'), file('.env').replace('BACKUP_KEY=kept-in-a-file\n', ''))
  expect(run().exitCode).toBe(0)
  expect(list('keys')).toContain('backup_key')
  expect(env().BACKUP_KEY).toBe('kept-in-a-file')
  expect(file('keys/secret_key')).toBe(before)
})

test.each(['a$b', '"a$b"', "it's", 'a\\b', 'a #b', '"a'])(
  'a password such as %s, which compose takes for another, is named',
  (written) => {
    const { run, file } = checkout(`POSTGRES_PASSWORD=${written}\n`)
    for (const way of [['--check'], [], ['keys']]) {
      const { exitCode, said } = run(...way)
      expect(exitCode).toBe(1)
      expect(said).toMatch(/put single quotes around them, or choose others: POSTGRES_PASSWORD$/m)
    }
    expect(file('.env')).toBe(`POSTGRES_PASSWORD=${written}\n`)
  },
)

test('a line that ends as on Windows holds no secret but what stands before its end', () => {
  expect(checkout('SECRET_KEY=\r\n').run('--check').said).toContain('SECRET_KEY')
})

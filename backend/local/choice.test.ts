import { describe, expect, test } from 'bun:test'
import { given, type Machine, packageManager } from './machine.ts'
import { chooseMongo } from './mongo.ts'
import { chooseObjectStorage } from './object-storage.ts'
import { choosePostgres, type PostgresServer } from './postgres-choice.ts'
import { chooseRedis } from './redis.ts'

/** A machine that has only what is said. */
function machineWith(
  has: Partial<Omit<Machine, 'program'>> & { programs?: Record<string, string> } = {},
): Machine {
  return {
    env: {},
    platform: 'linux',
    arch: 'x64',
    isRoot: false,
    cacheDir: '/cache',
    program: (name) => has.programs?.[name],
    names: () => [],
    exists: () => false,
    everybodyMayRun: () => true,
    ask: () => '',
    ...has,
  }
}

const fromNpm: PostgresServer = { bin: '/npm/bin', major: 18, embedded: true }
const debian = machineWith({
  names: (folder) => (folder === '/usr/lib/postgresql' ? ['13', '15', '9.6', '16'] : []),
  exists: () => true,
  ask: (program) => `postgres (PostgreSQL) ${/(\d+)\/bin/.exec(program)?.[1]}.2`,
})

describe('Postgres', () => {
  test('an address in the environment is taken before everything else', () => {
    const machine = { ...debian, env: { DATABASE_URL: 'postgres://db/x' } }
    expect(choosePostgres(machine, { major: 15, bin: '/b' }, fromNpm)).toMatchObject({
      from: 'environment',
      url: 'postgres://db/x',
    })
  })

  test('the newest server of the machine is taken before the one from npm', () => {
    expect(choosePostgres(debian, undefined, fromNpm)).toMatchObject({
      server: { bin: '/usr/lib/postgresql/16/bin', major: 16 },
    })
  })

  test('a server on PATH is taken before those in the folders of the system', () => {
    const machine = { ...debian, program: () => '/mine/15/bin/postgres' }
    expect(choosePostgres(machine, undefined, fromNpm)).toMatchObject({ server: { bin: '/mine/15/bin' } })
  })

  test('data made by one version is never given to another', () => {
    expect(choosePostgres(debian, { major: 15, bin: '/b' }, fromNpm)).toMatchObject({ server: { major: 15 } })
    expect(choosePostgres(debian, { major: 18, bin: '/b' }, fromNpm)).toMatchObject({ server: fromNpm })
  })

  test('when the server that made the data is gone, a sentence says what to install', () => {
    const choice = choosePostgres(debian, { major: 17, bin: '/opt/pg17' }, fromNpm)
    expect(choice.from).toBe('nowhere')
    expect(choice.how).toContain('made by Postgres 17 (/opt/pg17), which is gone')
    expect(choice.how).toContain('sudo apt-get install postgresql-17')
  })

  test('a server too old for new data is passed over', () => {
    const old = { ...debian, names: (folder: string) => (folder === '/usr/lib/postgresql' ? ['13'] : []) }
    expect(choosePostgres(old, undefined, fromNpm)).toMatchObject({ server: fromNpm })
  })
})

describe('Redis', () => {
  test('the order is the environment, redis-server, valkey-server, a package, nothing', () => {
    const programs = { 'redis-server': '/r', 'valkey-server': '/v', 'apt-get': '/a' }
    const machine = machineWith({ programs, isRoot: true })
    expect(chooseRedis({ ...machine, env: { REDIS_URL: 'redis://r' } }).from).toBe('environment')
    expect(chooseRedis(machine)).toMatchObject({ from: 'machine', server: '/r' })
    expect(chooseRedis(machineWith({ programs: { 'valkey-server': '/v' } }))).toMatchObject({ server: '/v' })
    expect(chooseRedis(machineWith({ programs: { 'apt-get': '/a' }, isRoot: true }))).toMatchObject({
      from: 'install',
      install: { with: 'apt-get', sudo: false },
    })
    expect(chooseRedis(machineWith())).toMatchObject({
      from: 'nowhere',
      how: expect.stringContaining('sudo apt-get install redis-server'),
    })
  })

  test('a password for sudo is never asked for', () => {
    const asked: string[][] = []
    const machine = machineWith({
      programs: { 'apt-get': '/a', sudo: '/sudo' },
      ask: (...command) => {
        asked.push(command)
        return ''
      },
    })
    expect(packageManager(machine)).toBeUndefined()
    expect(asked).toEqual([['/sudo', '-n', 'sh', '-c', 'echo yes']])
    expect(packageManager({ ...machine, ask: () => 'yes' })).toEqual({ with: 'apt-get', sudo: true })
  })
})

describe.each([
  ['Mongo', chooseMongo, 'MONGO_URL', 'mongod', '/cache/ferretdb-1.24.2-linux-x64/ferretdb'],
  ['Object storage', chooseObjectStorage, 'S3_ENDPOINT', 'minio', '/cache/minio-20260212-linux-x64/minio'],
] as const)('%s', (_title, choose, setting, program, binary) => {
  test('the order is the environment, PATH, what was built before, Go, nothing', () => {
    const everything = machineWith({ programs: { [program]: '/p', go: '/go' }, exists: () => true })
    expect(choose({ ...everything, env: { [setting]: 'http://there' } }).from).toBe('environment')
    expect(choose(everything).how).toContain('(/p)')
    expect(choose(machineWith({ programs: { go: '/go' }, exists: (path) => path === binary })).from).toBe(
      'machine',
    )
    expect(choose(machineWith({ programs: { go: '/go' } }))).toMatchObject({
      from: 'install',
      install: { with: 'go', go: '/go', binary },
    })
    expect(choose(machineWith()).from).toBe('nowhere')
  })
})

test('a setting in a file counts like one in the environment', async () => {
  const file = `${process.env.TMPDIR ?? '/tmp'}/landfast-given-${process.pid}`
  await Bun.write(file, 'redis://kept\n')
  expect(given({ REDIS_URL_FILE: file, REDIS_URL: 'redis://other' }, 'REDIS_URL')).toBe('redis://kept')
  expect(given({ REDIS_URL: ' ' }, 'REDIS_URL')).toBeUndefined()
  await Bun.file(file).delete()
})

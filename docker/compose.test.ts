import { describe, expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parse } from 'yaml'
import { readConfig, settings } from '../backend/config.ts'
import { sharedSettings } from '../backend/local/postgres-settings.ts'
import { probedRights, wishedRights } from '../backend/redis/rights.ts'
import { importsOf } from '../backend/testing/house/imports.ts'
import { filesLike } from '../backend/testing/house/sources.ts'

const root = join(import.meta.dir, '..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')

type Service = {
  image?: string
  user?: string
  command?: string[]
  entrypoint?: string[]
  scale?: string
  environment?: Record<string, string>
  profiles?: string[]
  ports?: string[]
  volumes?: string[]
  tmpfs?: string[]
  networks?: string[]
  depends_on?: Record<string, { condition: string }>
  healthcheck?: { test?: string[]; disable?: boolean }
  restart?: string
  read_only?: boolean
  cap_drop?: string[]
  security_opt?: string[]
  pids_limit?: number
  mem_limit?: string
  stop_grace_period?: string
  privileged?: boolean
}
type Compose = {
  services: Record<string, Service>
  networks: Record<string, { internal?: boolean }>
  volumes: Record<string, unknown>
}

const text = read('docker-compose.yml')
const compose = parse(text, { merge: true }) as Compose
const services = Object.entries(compose.services)
const oneShots = ['migrate', 'media-setup']
const stores = ['postgres', 'redis', 'mongo', 'minio']

/** The variables of a compose file: whether each has a default, or stops compose with a sentence. */
function variables(source: string) {
  return [...source.matchAll(/\$\{([A-Z0-9_]+)(:-|:\?|:\+)?([^}]*)\}/g)].map(([, name, kind, rest]) => ({
    name: name!,
    kind,
    rest: rest!,
  }))
}
const listed = (path: string) => [...read(path).matchAll(/^([A-Z0-9_]+)=/gm)].map(([, name]) => name!)

describe('every service', () => {
  test.each(services)('%s cannot become root, gain rights or write to its image', (_, service) => {
    expect(service.user).toMatch(/^([1-9]\d*:[1-9]\d*|postgres|redis|mongodb)$/)
    expect(service.read_only).toBe(true)
    expect(service.cap_drop).toEqual(['ALL'])
    expect(service.security_opt).toContain('no-new-privileges:true')
    expect(service.privileged).toBeUndefined()
    expect(JSON.stringify(service.volumes ?? [])).not.toContain('docker.sock')
  })

  test.each(services)('%s has limits, so that it cannot take the machine from the others', (_, service) => {
    expect(service.pids_limit).toBeGreaterThan(0)
    expect(service.mem_limit).toMatch(/^\d+[mg]$|^\$\{[A-Z_]+:-\d+[mg]\}$/)
  })

  test.each(services)('%s is checked for health, or runs once', (name, service) => {
    if (oneShots.includes(name)) expect(service.healthcheck?.disable).toBe(true)
    else expect(service.healthcheck?.test?.length).toBeGreaterThan(1)
  })

  test.each(services)('%s comes back after a crash, or runs once', (name, service) => {
    expect(service.restart).toMatch(oneShots.includes(name) ? /^(no|on-failure:\d+)$/ : /^unless-stopped$/)
  })

  test.each(services)('%s keeps nothing but in declared volumes and read-only files', (_, service) => {
    for (const volume of service.volumes ?? []) {
      const [source = '', , mode] = volume.split(':')
      if (!source.startsWith('./')) expect(Object.keys(compose.volumes)).toContain(source)
      else {
        expect(mode).toBe('ro')
        expect(existsSync(join(root, source))).toBe(true)
      }
    }
  })

  test.each(services.filter(([name]) => !oneShots.includes(name)))(
    '%s has time to finish its work',
    (_, service) => {
      const [, seconds] = /(\d+)s$/.exec(service.stop_grace_period ?? '10s') ?? []
      expect(Number(seconds)).toBeGreaterThanOrEqual(30)
    },
  )
})

describe('nginx', () => {
  test('finds two APIs, so that one answers while the other starts anew', () => {
    expect(String(compose.services.api?.scale)).toContain('API_CONTAINERS:-2')
    const upstream = read('docker/nginx/upstream.compose.conf')
    expect(upstream).toContain('include /tmp/api/servers.conf;')
    expect(read('docker/nginx/where-the-api-is')).toContain('server api:8000 resolve')
    expect(compose.services.nginx?.entrypoint?.join(' ')).toContain('where-the-api-is && exec nginx')
  })

  test('has its whole configuration, and room in memory for full caches', () => {
    const { volumes, tmpfs, mem_limit } = compose.services.nginx!
    expect(volumes).toContain('./nginx.conf:/etc/nginx/nginx.conf:ro')
    expect(volumes).toContain('./docker/nginx:/etc/nginx/docker/nginx:ro')
    const paths = [...read('docker/nginx/cache.conf').matchAll(/^proxy_cache_path (\S+) .*max_size=(\d+)m/gm)]
    for (const [, path] of paths) expect(path).toStartWith('/tmp/')
    const cachesMb = paths.reduce((sum, [, , sizeMb]) => sum + Number(sizeMb), 0)
    const roomMb = Number(tmpfs?.join().match(/^\/tmp:size=(\d+)m/)?.[1])
    // What lies in a tmpfs counts as memory of the container.
    expect(roomMb).toBeGreaterThanOrEqual(cachesMb + 64)
    expect(Number.parseInt(mem_limit ?? '', 10)).toBeGreaterThanOrEqual(roomMb + 256)
  })
})

describe('networks', () => {
  test('only nginx is published, and no store has a way out', () => {
    expect(services.filter(([, { ports }]) => ports).map(([name]) => name)).toEqual(['nginx', 'grafana'])
    for (const port of compose.services.grafana?.ports ?? []) expect(port).toStartWith('127.0.0.1:')
    const open = Object.entries(compose.networks).filter(([, { internal }]) => !internal)
    expect(open.map(([name]) => name)).toEqual(['public', 'outside'])
    const outward = services.filter(([, { networks }]) => networks?.includes('public'))
    expect(outward.map(([name]) => name)).toEqual(['nginx', 'backup', 'alertmanager', 'grafana'])
  })

  test('leads get out to those who call back: who delivers them, and who tries that, have a way of their own', () => {
    const outward = services.filter(([, { networks }]) => networks?.includes('outside'))
    expect(outward.map(([name]) => name)).toEqual(['api', 'worker'])
  })

  test('nginx reaches the API and no store', () => {
    expect(compose.services.nginx?.networks).not.toContain('stores')
    expect(compose.services.api?.networks).toEqual(['edge', 'stores', 'outside'])
    for (const name of stores) expect(compose.services[name]?.networks).toEqual(['stores'])
  })
})

describe('the order of the start', () => {
  test('leads are taken and stored only after the schema is up to date', () => {
    for (const name of ['api', 'worker'])
      expect(compose.services[name]?.depends_on).toEqual({
        migrate: { condition: 'service_completed_successfully' },
        postgres: { condition: 'service_healthy' },
        redis: { condition: 'service_healthy' },
      })
  })

  test('the API is healthy when it can accept leads; nginx waits for that', () => {
    expect(compose.services.api?.healthcheck?.test).toContain('/readyz')
    expect(compose.services.worker?.healthcheck?.test).toContain('/livez')
    expect(compose.services.nginx?.depends_on).toEqual({ api: { condition: 'service_healthy' } })
  })

  test('no lead waits for the request log or the pictures', () => {
    for (const name of ['nginx', 'api', 'worker', 'migrate'])
      for (const optional of ['mongo', 'minio', 'media-setup'])
        expect(Object.keys(compose.services[name]?.depends_on ?? {})).not.toContain(optional)
  })
})

describe('Redis', () => {
  const directives = new Map(
    read('docker/redis.conf')
      .split('\n')
      .filter((line) => line && !line.startsWith('#'))
      .map((line) => line.split(/ (.*)/s) as [string, string]),
  )

  test('writes what is acknowledged to disk before the answer, and throws nothing out', () => {
    expect(directives.get('appendonly')).toBe('yes')
    expect(directives.get('appendfsync')).toBe('always')
    expect(directives.get('no-appendfsync-on-rewrite')).toBe('no')
    expect(directives.get('save')).toBe('""')
    expect(directives.get('maxmemory')).toMatch(/^\d+mb$/)
    expect(directives.get('maxmemory-policy')).toBe('noeviction')
  })

  test('is started with those settings, on a volume', () => {
    expect(compose.services.redis?.volumes).toContain(
      './docker/redis.conf:/usr/local/etc/redis/redis.conf:ro',
    )
    expect(compose.services.redis?.volumes).toContain('redis-data:/data')
    expect(compose.services.redis?.command?.join(' ')).toContain('--dir /data')
  })

  const script = read('docker/redis-start')
  const users = script.match(/^user .*/gm) ?? []
  const rightsIn = (text: string) =>
    new Set([...text.matchAll(/[ '](\+[a-z|-]+)/g)].map(([, right]) => right!.slice(1)))
  const ofNodes = /^ *node_rights=.*$/m
  const allowed = rightsIn(script.replace(ofNodes, ''))

  test('lets nobody in without a password', () => {
    // Off and without a password, so that nobody is it; with every right, because Redis reads its file as this user.
    expect(users[0]).toBe('user default off resetpass ~* &* +@all')
    expect(users[1]).toBe('user probe on nopass -@all +ping')
    expect(users[2]).toBe('user landfast on #$hash ~* &* -@all $(echo $connect $forget $keep)')
    expect(users).toHaveLength(3)
  })

  test('lets the app do nothing that loses, lists or copies everything, or changes how Redis keeps it', () => {
    for (const command of [
      ...['flushall', 'flushdb', 'swapdb', 'keys', 'randomkey', 'dump', 'restore', 'migrate', 'copy', 'move'],
      ...['config', 'config|set', 'config|rewrite', 'acl', 'acl|setuser', 'debug', 'shutdown', 'module'],
      ...['replicaof', 'slaveof', 'failover', 'sync', 'psync', 'save', 'bgsave', 'monitor'],
      ...['client', 'client|kill', 'client|pause', 'script', 'script|flush', 'function', 'all', '@all'],
    ])
      expect(allowed).not.toContain(command)
  })

  test('lets the nodes of a cluster copy each other and move slots, and do nothing to what is kept', () => {
    const rights = rightsIn(ofNodes.exec(script)![0])
    expect([...rights]).toEqual([
      ...['auth', 'hello', 'ping', 'select', 'info', 'psync', 'replconf', 'cluster', 'migrate'],
      ...['restore', 'restore-asking', 'asking', 'role'],
    ])
  })

  test('lets the app do what it says it lacks where it may not, and no more', () => {
    // What a connection begins with, and what cannot be tried inside of a MULTI.
    const others = ['auth', 'hello', 'ping', 'quit', 'select', 'client|setname', 'multi', 'exec', 'discard']
    const needed = new Set([...probedRights, ...wishedRights, ...others, 'subscribe', 'acl|dryrun'])
    expect([...allowed].sort()).toEqual([...needed].sort())
  })

  test('lets the app do whatever the scripts of BullMQ and our own do', () => {
    const scripts = [
      ...filesLike('backend/redis/*.lua').map(read),
      ...[...new Bun.Glob('*.js').scanSync(join(root, 'node_modules/bullmq/dist/cjs/scripts'))].map((name) =>
        read(`node_modules/bullmq/dist/cjs/scripts/${name}`),
      ),
    ]
    const called = scripts.flatMap((text) =>
      [...text.matchAll(/\b(?:rcall|redis\.p?call|call)\(\s*['"](\w+)['"]/g)].map(([, name]) =>
        name!.toLowerCase(),
      ),
    )
    expect(called.length).toBeGreaterThan(500)
    expect([...new Set(called)].filter((command) => !allowed.has(command))).toEqual([])
  })
})

describe('what is seen of it', () => {
  const prometheus = parse(read('docker/prometheus/prometheus.yml')) as {
    rule_files: string[]
    scrape_configs: { job_name: string; dns_sd_configs?: { names: string[]; port: number }[] }[]
  }

  test('is there where a profile asks for it, and reaches no store', () => {
    for (const name of ['prometheus', 'alertmanager', 'grafana'])
      expect(compose.services[name]?.profiles).toEqual(['observability'])
    for (const name of ['alertmanager', 'grafana'])
      expect(compose.services[name]?.networks).not.toContain('stores')
  })

  test('is asked where API, workers and backups answer', () => {
    const asked = prometheus.scrape_configs.flatMap(({ dns_sd_configs = [] }) => dns_sd_configs)
    const portOf = (name: string) =>
      Number(compose.services[name]?.environment?.[name === 'api' ? 'PORT' : 'WORKER_PORT'])
    expect(asked.map(({ names: [name], port }) => [name, port])).toEqual(
      ['api', 'worker', 'backup'].map((name) => [name, portOf(name)]),
    )
    for (const file of prometheus.rule_files)
      expect(existsSync(join(root, 'docker/prometheus', file))).toBe(true)
  })
})

describe('backups', () => {
  const backup = compose.services.backup!
  const dockerfile = read('docker/backup/Dockerfile')

  test('are made where a profile asks for it, by who only reads the files of Redis', () => {
    expect(backup).toMatchObject({ profiles: ['backup'], user: 'postgres' })
    expect(backup.volumes).toEqual(['backups:/backups', 'redis-data:/redis:ro'])
    expect(backup.environment).toMatchObject({ BACKUP_DIR: '/backups', BACKUP_REDIS_DIR: '/redis' })
  })

  test('are tried out in the versions that run', () => {
    for (const store of ['postgres', 'redis'])
      expect(dockerfile).toContain(`ARG ${store.toUpperCase()}_IMAGE=${compose.services[store]?.image}`)
    expect(dockerfile).toContain(read('Dockerfile').match(/^ARG BUN_VERSION=.*$/m)![0])
  })

  test('know every setting, and what opens them is known to nobody else', () => {
    expect(Object.keys(backup.environment ?? {}).sort()).toEqual(settings.map(({ name }) => name).sort())
    const knowing = services.filter(([, { environment = {} }]) => 'BACKUP_KEY' in environment)
    expect(knowing.map(([name]) => name)).toEqual(['backup'])
  })
})

describe('for many leads', () => {
  const file = (path: string) =>
    parse(read(path).replaceAll('!reset', ''), { merge: true }) as Pick<Compose, 'services'>
  const pooler = file('docker/compose.pooler.yml').services
  const performance = file('docker/compose.performance.yml').services

  test('a pooler, a replica and a second Redis start where a file names them, and nowhere else', () => {
    const named = Object.entries({ ...pooler, ...performance }).filter(([, { profiles }]) => profiles)
    expect(named.map(([name]) => name)).toEqual(['pgbouncer', 'postgres-replica', 'redis-cache'])
    for (const [name] of named) expect(compose.services[name]?.profiles).toHaveLength(1)
  })

  test('whoever comes through the pooler is who came before, and backups do not', () => {
    for (const [name, { environment = {} }] of Object.entries(pooler))
      for (const [setting, address] of Object.entries(environment)) {
        const before = compose.services[name]?.environment?.[setting]
        expect([name, setting, address]).toEqual([
          name,
          setting,
          before?.replace('postgres:5432', 'pgbouncer:6432') ?? '',
        ])
      }
    expect(Object.keys(pooler)).toEqual(['pgbouncer', 'api', 'worker', 'migrate', 'media-setup'])
  })

  test('the replica has the settings of the other, and a Redis that may forget is no Redis of leads', () => {
    expect(compose.services['postgres-replica']?.command).toEqual(compose.services.postgres?.command)
    expect(compose.services['postgres-replica']?.image).toBe(compose.services.postgres?.image)
    for (const name of ['api', 'worker']) {
      expect(performance[name]?.environment).not.toHaveProperty('REDIS_URL')
      expect(performance[name]?.environment?.REDIS_CACHE_URL).toBe('redis://landfast@redis-cache:6379')
    }
  })
})

test('what is sent to a collector of logs waits for nobody', () => {
  const sent = parse(read('docker/compose.logs.yml').replaceAll('!override', ''), { merge: true }) as {
    services: Record<string, { logging: { options: Record<string, string> } }>
  }
  expect(Object.keys(sent.services)).toEqual(['nginx', 'api', 'worker'])
  for (const { logging } of Object.values(sent.services)) {
    expect(logging.options.mode).toBe('non-blocking')
    // A container with another kind of address does not start while nobody answers there.
    expect(logging.options['syslog-address']).toStartWith('udp://')
  }
})

describe('past one machine', () => {
  const tags = /!(?:reset|override)/g
  const machines = parse(read('docker/compose.machines.yml').replaceAll(tags, ''), { merge: true }) as Compose
  const nodes = Object.keys(machines.services).filter((name) => /^redis-\d$/.test(name))

  test('each node of the cluster has the settings of the one Redis, a volume of its own, and is joined and named to API and worker', () => {
    expect(nodes).toHaveLength(6)
    for (const name of nodes) {
      expect(machines.services[name]).toMatchObject({
        extends: { file: 'docker-compose.yml', service: 'redis' },
        volumes: [`${name}-data:/data`],
      })
      expect(machines.services[name]!.command?.join(' ')).toContain('--cluster-enabled yes')
      expect(Object.keys(machines.volumes)).toContain(`${name}-data`)
    }
    const joined = machines.services['redis-cluster']!
    expect(joined.command).toEqual(nodes.map((name) => `${name}:6379`))
    expect(Object.keys(joined.depends_on!)).toEqual(nodes)
    for (const name of ['api', 'worker', 'migrate']) {
      const environment = machines.services[name]!.environment!
      expect(environment.REDIS_URL).toBe(
        `redis+cluster://landfast@${nodes.map((each) => `${each}:6379`).join()}`,
      )
      expect(environment.REDIS_CACHE_URL).toContain('redis-cache')
    }
  })

  test('what is acknowledged is on a replica, and what is stored on the standby', () => {
    expect(machines.services.api!.environment!.REDIS_ACK_REPLICAS).toEndWith('REDIS_ACK_REPLICAS:-1}')
    expect(machines.services['postgres-replica']!.environment).toEqual({ SYNCHRONOUS: 'yes' })
    expect(read('docker/postgres/replica-start')).toContain(
      "alter system set synchronous_standby_names = '*'",
    )
  })

  test('leads are taken only when the schema is up to date and the cluster is well', () => {
    for (const name of ['api', 'worker'])
      expect(machines.services[name]?.depends_on).toEqual({
        migrate: { condition: 'service_completed_successfully' },
        postgres: { condition: 'service_healthy' },
        'redis-cluster': { condition: 'service_completed_successfully' },
      })
  })
})

test('who works on the backend reaches the stores from this machine, and nobody from another', () => {
  const { services: ours } = parse(read('docker/compose.development.yml'), { merge: true }) as Compose
  const published = Object.entries(ours).filter(([, { ports }]) => ports)
  expect(published.map(([name]) => name)).toEqual(stores)
  for (const [, { ports }] of published) for (const port of ports!) expect(port).toStartWith('127.0.0.1:')
  for (const name of ['api', 'worker'])
    expect(ours[name]).toMatchObject({
      volumes: ['./backend:/app/backend:ro'],
      command: ['bun', '--watch', `backend/${name}.ts`],
    })
})

test('the volume of Postgres 18 is mounted above its data, where that version expects it', () => {
  expect(compose.services.postgres?.image).toBe('postgres:18')
  expect(compose.services.postgres?.volumes).toEqual(['postgres-data:/var/lib/postgresql'])
})

test('Postgres has the settings that `bun run start` gives it, and every test with it', () => {
  const given = compose.services.postgres?.command?.filter((word) => word.includes('='))
  for (const [name, value] of Object.entries(sharedSettings)) expect(given).toContain(`${name}=${value}`)
})

test('the log of Postgres repeats no statement and no detail, which hold phone numbers', () => {
  expect(compose.services.postgres?.command).toContain('log_min_error_statement=panic')
  expect(compose.services.postgres?.command).toContain('log_error_verbosity=terse')
})

describe('users of Postgres', () => {
  const userOf = (name: string, setting: string) =>
    /^postgres:\/\/(\w+)@/.exec(compose.services[name]?.environment?.[setting] ?? '')?.[1]

  test('API and worker come each as its own, neither owns a table, and only migrate knows who does', () => {
    expect(userOf('api', 'DATABASE_URL')).toBe('landfast_api')
    expect(userOf('worker', 'DATABASE_URL')).toBe('landfast_worker')
    expect(userOf('migrate', 'WORKER_DATABASE_URL')).toBe('landfast_worker')
    expect(userOf('migrate', 'DATABASE_URL')).toBe('landfast_api')
    expect(userOf('migrate', 'MIGRATE_DATABASE_URL')).toBe(
      compose.services.postgres?.environment?.POSTGRES_USER,
    )
    for (const name of ['api', 'worker', 'media-setup'])
      expect(JSON.stringify(compose.services[name]?.environment)).not.toContain('{POSTGRES_PASSWORD')
    expect(JSON.stringify(compose.services.api?.environment)).not.toContain('POSTGRES_WORKER_PASSWORD')
  })
})

test('who migrates waits for Postgres as its owner, since it makes the users of all others', () => {
  const script = read('docker/entrypoint')
  const waits = [
    ...script.matchAll(/wait\.ts (?:--at-once )?([a-z,]+);?[^\n]*\n *(?:exec )?bun run --silent db:migrate/g),
  ]
  expect(waits.map(([, group]) => group)).toEqual(['owner', 'owner'])
})

describe('the key of the bucket', () => {
  const settingsOf = (name: string) => compose.services[name]?.environment ?? {}

  test('is held by media-setup, which makes the bucket and lets everybody read it, and by who backs it up', () => {
    for (const [name] of services.filter(([name]) => !['media-setup', 'backup', 'minio'].includes(name)))
      expect({ name, holds: JSON.stringify(settingsOf(name)).includes('{S3_SECRET_KEY') }).toEqual({
        name,
        holds: false,
      })
    expect(settingsOf('media-setup').S3_SECRET_KEY).toStartWith('${S3_SECRET_KEY:?')
    const { s3 } = readConfig({
      SECRET_KEY: 'k'.repeat(32),
      ACK_MODE: 'pg',
      DATABASE_URL: 'postgres://landfast_api@postgres:5432/landfast',
      ...Object.fromEntries(Object.entries(settingsOf('api')).filter(([name]) => name.startsWith('S3_'))),
      S3_REGION: '',
      S3_BUCKET: '',
      S3_PUBLIC_URL: '',
    })
    expect(s3).toMatchObject({ endpoint: 'http://minio:9000', accessKey: '', secretKey: '' })
  })

  test('is a file of those two alone where secrets are files', () => {
    const { services } = parse(read('docker/compose.secrets.yml').replaceAll('!reset ', ''), {
      merge: true,
    }) as { services: Record<string, { secrets: string[]; environment: Record<string, string> }> }
    const holders = Object.entries(services).filter(([, { secrets }]) => secrets.includes('s3_secret_key'))
    expect(holders.map(([name]) => name)).toEqual(['media-setup', 'backup', 'minio'])
    const told = Object.entries(services).filter(([, { environment }]) => 'S3_SECRET_KEY_FILE' in environment)
    expect(told.map(([name]) => name)).toEqual(['media-setup', 'backup'])
  })
})

describe('variables', () => {
  const examples = new Set([...listed('.env.example'), ...listed('docker/env.example')])

  test('are described in an example file', () => {
    const buildOnly = ['VITE_API_BASE_URL']
    const files = filesLike('docker/**/compose.*.yml')
    expect(files.length).toBeGreaterThan(6)
    for (const file of ['docker-compose.yml', ...files])
      for (const { name } of variables(read(file)).filter(({ name }) => !buildOnly.includes(name)))
        expect(examples).toContain(name)
  })

  test('are those that the table names for who comes from elsewhere', () => {
    const rows = [...read('docs/operate.md').matchAll(/^\| `(?:[A-Z0-9_]+`.*?) \| (.*) \|$/gm)].map(
      ([, here]) => here!,
    )
    expect(rows.length).toBeGreaterThan(15)
    const named = rows.flatMap((here) => [...here.matchAll(/`([A-Z][A-Z0-9_]+)`/g)].map(([, name]) => name!))
    expect(named.filter((name) => !examples.has(name))).toEqual([])
    const alerts = [...read('docs/operate.md').matchAll(/^\| alerts? `.*` \| (.*) \|$/gm)].flatMap(
      ([, here]) => [...here!.matchAll(/`([A-Z][a-z]\w+)`/g)],
    )
    expect(alerts.length).toBeGreaterThan(5)
    for (const [, name] of alerts)
      expect(read('docker/prometheus/alerts.yml')).toContain(`- alert: ${name}\n`)
  })

  test('and so are its figures, and the panels of each dashboard', () => {
    const told = read('docs/operate.md')
    const code = filesLike('backend/{prometheus,wiring}/*.ts').map(read).join('\n')
    const table = told.slice(told.indexOf('\nFigures and alerts:'), told.indexOf('\nDashboards:'))
    const figures = [...table.matchAll(/^\| .*? \| (.*) \|$/gm)].flatMap(([, here]) =>
      [...here!.matchAll(/`([a-z]+(?:_[a-z0-9]+)+)(?:\{\w+\})?`/g)].map(([, name]) => name!),
    )
    expect(figures.length).toBeGreaterThan(20)
    const theirs = ['pg_stat_statements', 'pg_stat_replication']
    expect(figures.filter((name) => !code.includes(name) && !theirs.includes(name))).toEqual([])
    const rows = [...told.matchAll(/^\| .* \| (\w+): ((?:`[^`]+`(?:, )?)+)/gm)].filter(([, name]) =>
      existsSync(join(root, `docker/grafana/dashboards/${name!.toLowerCase()}.json`)),
    )
    expect(rows.length).toBeGreaterThan(5)
    for (const [, name, panels] of rows) {
      const dashboard = read(`docker/grafana/dashboards/${name!.toLowerCase()}.json`)
      for (const [, title] of panels!.matchAll(/`([^`]+)`/g))
        expect(dashboard).toContain(`"title": "${title}"`)
    }
  })

  test.each([
    ['', '', 1, 'GRAFANA_PASSWORD is not set: run `sh docker/secrets`'],
    ['a password', '', 0, ''],
    ['', '/run/secrets/grafana_password', 0, ''],
  ])('start no Grafana without a password (%p, %p)', (password, file, code, said) => {
    const [shell, flag, script] = compose.services.grafana!.entrypoint as [string, string, string]
    const { exitCode, stderr } = Bun.spawnSync(
      [shell, flag, script.replaceAll('$$', '$').replace('exec /run.sh', 'exit 0')],
      {
        env: {
          PATH: process.env.PATH,
          GF_SECURITY_ADMIN_PASSWORD: password,
          GF_SECURITY_ADMIN_PASSWORD__FILE: file,
        },
      },
    )
    expect([exitCode, `${stderr}`.slice(0, said.length)]).toEqual([code, said])
  })

  test('are secrets that stop compose with a sentence, or have a default', () => {
    const required = new Set(variables(text).flatMap(({ name, kind }) => (kind === ':?' ? [name] : [])))
    // What only a profile needs stops no command of those who do not use it: it is asked for where it is started.
    for (const name of ['BACKUP_KEY', 'GRAFANA_PASSWORD']) {
      expect([name, required.has(name)]).toEqual([name, false])
      required.add(name)
    }
    const script =
      read('docker/secrets')
        .match(/^names='(.*)'$/m)?.[1]
        ?.split(' ') ?? []
    expect([...required].sort()).toEqual(script.sort())
    for (const { name, kind, rest } of variables(text)) {
      if (kind === ':?') expect(rest).toContain('sh docker/secrets')
      else if (kind === ':+') expect(rest).toMatch(/^docker\/compose\.\w+\.yml is left out here/)
      else expect({ name, kind }).toEqual({ name, kind: ':-' })
    }
  })

  test('of a further file stop each command that leaves this file out, before it touches anything', () => {
    const further = { SECRETS_DIR: 'secrets', TLS_DIR: 'tls' }
    for (const [variable, file] of Object.entries(further)) {
      const sentence = `\${${variable}:+docker/compose.${file}.yml is left out here, which .env names in COMPOSE_FILE: }`
      const stopped = services.filter(([, service]) => service.stop_grace_period?.startsWith(sentence))
      expect(stopped).toHaveLength(1)
      const [[name, service]] = stopped as [[string, Service]]
      const { services: own } = parse(read(`docker/compose.${file}.yml`).replaceAll('!reset ', ''), {
        merge: true,
      }) as Compose
      // What is left of it is a time that compose can read.
      expect(own[name]?.stop_grace_period).toBe(service.stop_grace_period!.slice(sentence.length))
    }
  })

  test('say with HTTPS which address visitors see, and without it that of this machine', () => {
    expect(compose.services.api?.environment?.PUBLIC_URL).toContain(':-http://localhost:')
    const tls = variables(read('docker/compose.tls.yml'))
    expect(tls.find(({ name }) => name === 'PUBLIC_URL')?.kind).toBe(':?')
    expect(listed('.env.example')).toContain('PUBLIC_URL')
    expect(read('.env.example')).toContain('\nPUBLIC_URL=\n')
  })

  test('are never part of an address, where some characters of a password would mean something else', () => {
    const environment = compose.services.api?.environment ?? {}
    const passwords = { DATABASE_URL: 'POSTGRES_API', REDIS_URL: 'REDIS', MONGO_URL: 'MONGO' }
    for (const [name, store] of Object.entries(passwords)) {
      expect(environment[name]).toMatch(/^\w+:\/\/landfast(?:_api)?@\w+:\d+(?:\/landfast)?$/)
      expect(environment[`${name}_PASSWORD`]).toStartWith(`\${${store}_PASSWORD:?`)
      expect(read('docker/compose.secrets.yml')).toContain(
        `${name}_PASSWORD_FILE: /run/secrets/${store.toLowerCase()}_password`,
      )
    }
    const password = 'a#b/c?d@e%41 $'
    const { databaseUrl, redisUrl, mongoUrl } = readConfig({
      SECRET_KEY: 'k'.repeat(32),
      ...Object.fromEntries(
        Object.keys(passwords).flatMap((name) => [
          [name, environment[name]],
          [`${name}_PASSWORD`, password],
        ]),
      ),
    })
    for (const url of [databaseUrl, redisUrl, mongoUrl])
      expect(decodeURIComponent(new URL(url!).password)).toBe(password)
  })

  test('reach API and worker for every setting there is', () => {
    // Where backups are and what opens them only the service that makes them knows.
    const known = settings
      .map(({ name }) => name)
      .filter((name) => !name.startsWith('BACKUP_') || name === 'BACKUP_RETENTION_DAYS')
      .sort()
    expect(Object.keys(compose.services.worker?.environment ?? {}).sort()).toEqual(known)
    expect(Object.keys(compose.services.api?.environment ?? {}).sort()).toEqual(
      [...known, 'MIGRATE_ON_START'].sort(),
    )
    expect(compose.services.api?.environment?.NODE_ENV).toBe('production')
  })
})

describe('the image', () => {
  const dockerfile = read('Dockerfile')

  test('runs as a user that is not root, from a last stage without development packages', () => {
    const lastStage = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '))
    expect(lastStage).toContain('\nUSER 1000:1000\n')
    expect(lastStage).not.toContain('all-packages')
    expect(lastStage).toContain('COPY --from=runtime-packages ')
    expect(dockerfile).toMatch(/bun install --frozen-lockfile --production/)
    expect(lastStage).toContain('HEALTHCHECK')
  })

  test('has the Bun that package.json names', () => {
    const { packageManager } = JSON.parse(read('package.json'))
    expect(packageManager).toBe(`bun@${dockerfile.match(/^ARG BUN_VERSION=(.*)$/m)?.[1]}`)
  })

  test('gets every script and function that the backend brings to a store', () => {
    const brought = [...new Bun.Glob('backend/{redis,postgres}/**/*.{lua,sql}').scanSync(root)]
    for (const kind of ['.lua', '.sql']) expect(brought.filter((path) => path.endsWith(kind))).not.toBeEmpty()
    expect(dockerfile).toContain('\nCOPY --from=source /app/backend ./backend\n')
    const ignored = read('.dockerignore').split('\n')
    expect(ignored).toContain('!backend')
    for (const pattern of ignored.filter((line) => /^[^!#]/.test(line) && line !== '*'))
      for (const path of brought) {
        expect([pattern, new Bun.Glob(pattern).match(path)]).toEqual([pattern, false])
        expect([pattern, path.startsWith(`${pattern}/`)]).toEqual([pattern, false])
      }
  })

  /** Whether a file of the checkout goes to the builder: the last pattern that matches says so. */
  const isSent = (path: string) => {
    let sent = true
    for (const line of read('.dockerignore')
      .split('\n')
      .filter((each) => each && !each.startsWith('#'))) {
      const pattern = line.replace(/^!/, '')
      const parts = path.split('/').map((_, index, all) => all.slice(0, index + 1).join('/'))
      if (parts.some((part) => new Bun.Glob(pattern).match(part))) sent = line.startsWith('!')
    }
    return sent
  }

  /** What a Dockerfile keeps of the backend: what is sent, without what `rm` and `find` of its stage `source` take out again. */
  const backendOf = (text: string) => {
    const takesOut = /^RUN cd backend ((?:.*\\\n)*.*)/m.exec(text)?.[1] ?? ''
    const out = [...takesOut.matchAll(/\brm (?:-r )?(.*?)(?= \\?$| &&)/gm)].flatMap(([, names]) =>
      names!.split(' '),
    )
    const ofLocal = [...takesOut.matchAll(/! -name (\S+)/g)].map(([, name]) => name!)
    for (const name of out) expect([name, existsSync(join(root, 'backend', name))]).toEqual([name, true])
    return new Set(
      filesLike('backend/**/*').filter((file) => {
        const name = file.slice('backend/'.length)
        if (out.some((each) => name === each || name.startsWith(`${each}/`))) return false
        if (ofLocal.length > 0 && name.startsWith('local/') && !ofLocal.includes(basename(name))) return false
        return isSent(file)
      }),
    )
  }
  const scripts = Object.values(JSON.parse(read('package.json')).scripts as Record<string, string>)
  const commands = scripts.flatMap((script) => /^bun (backend\/commands\/\S+)/.exec(script)?.[1] ?? [])
  const importedBy = (entries: readonly string[]) => {
    const reached = new Set(entries)
    for (const file of reached)
      for (const { target, typeOnly } of /\.tsx?$/.test(file) ? importsOf(file, read(file)) : [])
        if (!typeOnly && existsSync(join(root, target))) reached.add(target)
    return reached
  }

  test('gets every file that what it runs imports, and no room that it does not run', () => {
    const kept = backendOf(dockerfile)
    const isThere = (file: string) => (file.startsWith('backend/') ? kept.has(file) : isSent(file))
    const entries = ['backend/api.ts', 'backend/worker.ts', ...commands.filter(isThere)]
    for (const name of ['wait', 'probe', 'settings']) entries.push(`docker/${name}.ts`)
    expect(entries.length).toBeGreaterThan(10)
    const reached = importedBy(entries)
    expect([...reached].filter((file) => !isThere(file))).toEqual([])
    for (const room of ['memory', 'testing', 'bench'])
      expect([...kept].filter((file) => file.startsWith(`backend/${room}/`))).toEqual([])
    expect([...kept].filter((file) => file.startsWith('backend/local/') && !reached.has(file))).toEqual([])
  })

  test('leaves what makes backups to the image that does, whatever builds it', () => {
    const names = ['backup', 'restore', 'archive'].map((name) => `backend/commands/${name}.ts`)
    const [ours, theirs] = [backendOf(dockerfile), backendOf(read('docker/backup/Dockerfile'))]
    expect(names.filter((name) => ours.has(name))).toEqual([])
    expect([...importedBy(names)].filter((file) => file.startsWith('backend/') && !theirs.has(file))).toEqual(
      [],
    )
    for (const [, file] of read('docker/backup/Dockerfile').matchAll(/^COPY (?!--from)(.*) \S+$/gm))
      for (const each of file!.split(' ')) expect([each, isSent(each)]).toEqual([each, true])
  })

  test('gets no secrets, data or tests from the checkout', () => {
    const ignored = read('.dockerignore').split('\n')
    expect(ignored[ignored.findIndex((line) => !line.startsWith('#'))]).toBe('*')
    for (const pattern of ['**/.env*', '**/*.test.ts', '**/node_modules', 'frontend/dist'])
      expect(ignored).toContain(pattern)
  })
})

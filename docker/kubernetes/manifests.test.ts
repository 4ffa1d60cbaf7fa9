import { describe, expect, test } from 'bun:test'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse, parseAllDocuments } from 'yaml'
import { settings } from '../../backend/config.ts'

const here = import.meta.dir
const read = (path: string) => readFileSync(join(here, path), 'utf8')
// biome-ignore lint/suspicious/noExplicitAny: manifests are data from outside.
type Any = any
const documents: Any[] = [
  'api.yaml',
  'worker.yaml',
  'nginx.yaml',
  'network.yaml',
  'migrate/job.yaml',
  'backup/cronjob.yaml',
].flatMap((path) => parseAllDocuments(read(path)).map((each) => each.toJS()))
const ofKind = (kind: string) => documents.filter((each) => each.kind === kind)
const named = (kind: string, name: string): Any => ofKind(kind).find(({ metadata }) => metadata.name === name)
const jobs = [
  ...ofKind('Job'),
  ...ofKind('CronJob').map(({ spec, metadata }) => ({ ...spec.jobTemplate, metadata })),
]
const workloads = [...ofKind('Deployment'), ...jobs].map((each) => [each.metadata.name, each] as const)
const podOf = (workload: Any) => workload.spec.template.spec
const compose: Any = parse(readFileSync(join(here, '../../docker-compose.yml'), 'utf8'), { merge: true })
const environment = new Map(
  read('settings/settings.env')
    .split('\n')
    .filter((line) => line && !line.startsWith('#'))
    .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
)
const { version } = JSON.parse(read('../../package.json')) as { version: string }
const known = new Map(settings.map((each) => [each.name as string, each]))

describe.each(workloads)('%s', (_, workload) => {
  const pod = podOf(workload)
  const [container] = pod.containers

  test('is nobody special, and writes to /tmp alone', () => {
    expect(pod.securityContext).toMatchObject({
      runAsNonRoot: true,
      seccompProfile: { type: 'RuntimeDefault' },
    })
    for (const { securityContext } of [...(pod.initContainers ?? []), container])
      expect(securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      })
    expect([pod.automountServiceAccountToken, pod.enableServiceLinks]).toEqual([false, false])
    const written = pod.volumes.filter((volume: Any) => volume.emptyDir).map((volume: Any) => volume.name)
    expect(written).toEqual(['tmp'])
    expect(container.volumeMounts.find(({ name }: Any) => name === 'tmp').mountPath).toBe('/tmp')
  })

  test('asks for what it needs, and may not take the memory of others', () => {
    for (const { resources } of [...(pod.initContainers ?? []), container]) {
      expect(resources.requests).toContainAllKeys(['cpu', 'memory'])
      expect(resources.limits).toContainAllKeys(['memory'])
    }
  })
})

describe.each([
  ['api', 'PORT', '/readyz'],
  ['worker', 'WORKER_PORT', '/livez'],
])('%s', (name, port, ready) => {
  const [container] = podOf(named('Deployment', name)).containers

  test('is asked where it listens, and restarted for nothing but itself', () => {
    expect(container.ports).toEqual([{ name: 'http', containerPort: Number(environment.get(port)) }])
    expect(container.readinessProbe.httpGet).toEqual({ path: ready, port: 'http' })
    for (const probe of [container.livenessProbe, container.startupProbe])
      expect(probe.httpGet).toEqual({ path: '/livez', port: 'http' })
  })

  test('runs its role of the image, and ends in order in the time that it needs', () => {
    const { command, stop_grace_period } = compose.services[name]
    expect(container.args).toEqual(command)
    const waits = Number(container.lifecycle?.preStop.exec.command[1] ?? 0)
    const { terminationGracePeriodSeconds } = podOf(named('Deployment', name))
    expect(terminationGracePeriodSeconds).toBeGreaterThanOrEqual(
      Number.parseInt(stop_grace_period, 10) + waits,
    )
  })

  test('is told how many by load alone', () => {
    expect(named('Deployment', name).spec.replicas).toBeUndefined()
  })
})

test.each(['api', 'worker', 'nginx'])(
  '%s is never without one while it is replaced or a node is emptied',
  (name) => {
    const { spec } = named('Deployment', name)
    expect(spec.strategy.rollingUpdate).toEqual({ maxSurge: 1, maxUnavailable: 0 })
    expect(spec.template.spec.topologySpreadConstraints.map(({ topologyKey }: Any) => topologyKey)).toEqual([
      'topology.kubernetes.io/zone',
      'kubernetes.io/hostname',
    ])
    const budget = named('PodDisruptionBudget', name).spec
    expect(budget.selector).toEqual(spec.selector)
    expect(budget.minAvailable ?? budget.maxUnavailable).toBeGreaterThan(0)
    expect(spec.template.metadata.labels).toEqual(spec.selector.matchLabels)
  },
)

test('APIs are 3 to 20 by their CPU, workers by the leads that wait, under a metric that there is', () => {
  const { spec } = named('HorizontalPodAutoscaler', 'api')
  expect([spec.minReplicas, spec.maxReplicas]).toEqual([3, 20])
  expect(spec.metrics).toEqual([
    { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } } },
  ])
  expect(named('PodDisruptionBudget', 'api').spec.minAvailable).toBeLessThan(spec.minReplicas)
  const { triggers, minReplicaCount, fallback } = named('ScaledObject', 'worker').spec
  expect(minReplicaCount).toBeGreaterThan(1)
  const { query, ignoreNullValues } = triggers[0].metadata
  const [, metric = ''] = /^max\((\w+) >= 0\)$/.exec(query) ?? []
  expect(read('../prometheus/alerts.yml')).toContain(`max(${metric})`)
  // Nobody knows how many wait: then as many as there are for that, and not the fewest.
  expect(ignoreNullValues).toBe('false')
  expect(fallback.replicas).toBeGreaterThan(minReplicaCount)
})

test('the alert on backups knows those of the cluster', () => {
  const { metadata } = named('CronJob', 'backup')
  const { namespace } = parse(read('kustomization.yaml'))
  expect(read('../prometheus/alerts.yml')).toContain(
    `kube_cronjob_status_last_successful_time{namespace="${namespace}", cronjob="${metadata.name}"}`,
  )
})

test('settings are known, no secret is among them, and those of the manifests are as in compose', () => {
  for (const name of environment.keys()) expect([name, known.has(name)]).toEqual([name, true])
  for (const name of environment.keys()) expect(name).not.toMatch(/PASSWORD|SECRET|_KEY$/)
  for (const name of ['NODE_ENV', 'LISTEN_ADDRESS', 'PORT', 'WORKER_PORT', 'DATA_DIR'])
    expect([name, environment.get(name)]).toEqual([name, compose['x-settings'][name]])
  expect(compose['x-settings'].TRUSTED_PROXIES).toContain(environment.get('TRUSTED_PROXIES'))
})

test('every secret comes from outside, to the one who needs it', () => {
  const secrets = Object.fromEntries(
    workloads.map(([name, workload]) => [
      name,
      (podOf(workload).containers[0].envFrom ?? []).flatMap(({ secretRef }: Any) => secretRef?.name ?? []),
    ]),
  )
  expect(secrets).toEqual({
    api: ['landfast-api'],
    worker: ['landfast-worker'],
    nginx: [],
    migrate: ['landfast-owner'],
    backup: ['landfast-backup'],
  })
  expect(ofKind('Secret')).toEqual([])
  const told = readFileSync(join(here, '../../docs/kubernetes.md'), 'utf8')
  for (const [, name = ''] of told.matchAll(/--from-literal=([A-Z0-9_]+)=/g))
    expect([name, known.has(name)]).toEqual([name, true])
})

test('the image has the version of this checkout, and nginx is the one of compose', () => {
  for (const [folder, name] of Object.entries({
    '.': 'landfast',
    migrate: 'landfast',
    backup: 'landfast-backup',
  }))
    expect(parse(read(join(folder, 'kustomization.yaml'))).images).toEqual([{ name, newTag: version }])
  expect(podOf(named('Deployment', 'nginx')).containers[0].image).toBe(compose.services.nginx.image)
})

test('nginx has every file that it has elsewhere, and its own word on where the API is', () => {
  const { files } = parse(read('kustomization.yaml')).configMapGenerator[0]
  const shared = readdirSync(join(here, '../nginx')).filter(
    (file) => file.endsWith('.conf') && !file.startsWith('upstream'),
  )
  expect(files).toEqual([
    '../../nginx.conf',
    ...shared.sort().map((file) => `../nginx/${file}`),
    'upstream.conf',
  ])
  for (const file of files) expect(existsSync(join(here, file))).toBe(true)
  const { name } = named('Service', 'api').metadata
  const { namespace } = parse(read('kustomization.yaml'))
  expect(read('upstream.conf')).toContain(
    `server ${name}.${namespace}.svc.cluster.local:${environment.get('PORT')} resolve`,
  )
})

test('backups are made one at a time, tried out as in compose, and kept; months are archived once one holds', () => {
  const { spec } = named('CronJob', 'backup')
  const { initContainers, containers, volumes } = podOf(spec.jobTemplate)
  expect(spec.concurrencyPolicy).toBe('Forbid')
  const { scripts } = JSON.parse(read('../../package.json')) as { scripts: Record<string, string> }
  for (const { args, env, volumeMounts, envFrom } of [...initContainers, ...containers]) {
    expect(scripts).toHaveProperty([args[0]])
    expect(env).toEqual([{ name: 'BACKUP_DIR', value: compose.services.backup.environment.BACKUP_DIR }])
    expect(volumeMounts.map(({ mountPath }: Any) => mountPath)).toEqual(['/tmp', '/backups'])
    expect(envFrom[1].secretRef.name).toBe('landfast-backup')
  }
  const claim = volumes.find(({ name }: Any) => name === 'backups').persistentVolumeClaim.claimName
  expect(named('PersistentVolumeClaim', claim).spec.accessModes).toEqual(['ReadWriteOnce'])
  const [{ matchExpressions }] = [named('NetworkPolicy', 'stores-and-receivers').spec.podSelector]
  expect(matchExpressions[0].values).toContain(
    spec.jobTemplate.spec.template.metadata.labels['app.kubernetes.io/component'],
  )
})

test('nobody but nginx and monitoring reaches the API, and nobody asks a cloud for its keys', () => {
  expect(named('NetworkPolicy', 'nobody').spec).toEqual({
    podSelector: {},
    policyTypes: ['Ingress', 'Egress'],
  })
  const [{ from, ports }] = named('NetworkPolicy', 'api').spec.ingress
  expect(from.map((each: Any) => Object.values(Object.values<Any>(each)[0].matchLabels)[0])).toEqual([
    'nginx',
    'monitoring',
  ])
  expect(ports).toEqual([{ protocol: 'TCP', port: Number(environment.get('PORT')) }])
  const [{ to }] = named('NetworkPolicy', 'stores-and-receivers').spec.egress
  expect(to[0].ipBlock.except).toContain('169.254.0.0/16')
})

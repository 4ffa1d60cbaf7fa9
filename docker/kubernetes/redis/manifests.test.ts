import { expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse, parseAllDocuments } from 'yaml'

const here = import.meta.dir
const read = (path: string) => readFileSync(join(here, path), 'utf8')
// biome-ignore lint/suspicious/noExplicitAny: manifests are data from outside.
type Any = any
const documents: Any[] = ['redis.yaml', 'join.yaml'].flatMap((path) =>
  parseAllDocuments(read(path)).map((each) => each.toJS()),
)
const named = (kind: string, name: string): Any =>
  documents.find((each) => each.kind === kind && each.metadata.name === name)
const set = named('StatefulSet', 'redis').spec
const pod = set.template.spec
const joining = named('Job', 'redis-join').spec.template.spec

test('no two nodes lie on one machine, each has a volume that stays, and none is restarted but by hand, one at a time', () => {
  const [rule] = pod.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution
  expect(rule.topologyKey).toBe('kubernetes.io/hostname')
  expect(rule.labelSelector.matchLabels).toEqual({ 'app.kubernetes.io/component': 'redis' })
  expect(set.volumeClaimTemplates[0].metadata.name).toBe('data')
  expect(set.persistentVolumeClaimRetentionPolicy).toEqual({ whenDeleted: 'Retain', whenScaled: 'Retain' })
  expect(set.updateStrategy).toEqual({ type: 'OnDelete' })
  expect(named('PodDisruptionBudget', 'redis').spec.maxUnavailable).toBe(1)
})

test('its files are those of every other installation, and its engine that of compose', () => {
  const { files } = parse(read('kustomization.yaml')).configMapGenerator[0]
  for (const file of files) expect(existsSync(join(here, file))).toBe(true)
  const compose = parse(read('../../../docker-compose.yml'), { merge: true })
  for (const { containers } of [pod, joining]) expect(containers[0].image).toBe(compose.services.redis.image)
  const overlay = parse(read('../../compose.machines.yml').replaceAll(/!(?:reset|override)/g, ''), {
    merge: true,
  })
  const inCluster = (args: readonly string[]) =>
    args.filter((_, at) => args.slice(0, at + 1).some((each) => /^--cluster/.test(each)))
  expect(pod.containers[0].args).toEqual(
    expect.arrayContaining(inCluster(overlay.services['redis-1'].command)),
  )
})

test('every node is joined, and nobody but who needs it reaches one', () => {
  expect(joining.containers[0].args).toEqual(
    Array.from({ length: set.replicas }, (_, at) => `redis-${at}.${set.serviceName}:6379`),
  )
  const [{ from }] = named('NetworkPolicy', 'redis').spec.ingress
  expect(from[0].podSelector.matchExpressions[0].values).toEqual([
    'api',
    'worker',
    'migrate',
    'redis',
    'redis-join',
  ])
})

test.each([
  ['redis', pod],
  ['redis-join', joining],
])('%s is nobody special and writes to its volume alone', (_, { securityContext, containers }) => {
  expect(securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } })
  expect(containers[0].securityContext).toEqual({
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  })
  expect(containers[0].resources.limits).toContainAllKeys(['memory'])
})

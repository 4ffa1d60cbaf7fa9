import { afterAll, expect, test } from 'bun:test'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'yaml'

const root = join(import.meta.dir, '..')
const folder = mkdtempSync(join(tmpdir(), 'landfast-pin-'))
afterAll(() => rmSync(folder, { recursive: true }))
for (const path of [
  'Dockerfile',
  'docker-compose.yml',
  'docker/object-storage/Dockerfile',
  'docker/pin',
  'docker/env-file',
]) {
  mkdirSync(join(folder, path, '..'), { recursive: true })
  cpSync(join(root, path), join(folder, path))
}
const written = join(folder, 'docker/compose.digests.yml')
const digest = `sha256:${'0a'.repeat(32)}`

/** Runs the script with a docker that says this of every image it is asked for. */
function pin(says: string) {
  const bin = join(folder, 'bin')
  mkdirSync(bin, { recursive: true })
  writeFileSync(join(bin, 'docker'), `#!/bin/sh\n${says}\n`)
  chmodSync(join(bin, 'docker'), 0o755)
  const { exitCode, stderr } = Bun.spawnSync(['sh', 'docker/pin'], {
    cwd: folder,
    env: { PATH: `${bin}:${process.env.PATH}` },
  })
  return { exitCode, said: String(stderr) }
}

test('without a registry it says which image could not be asked for, and writes nothing', () => {
  const { exitCode, said } = pin('echo "no such host" >&2; exit 1')
  expect(exitCode).toBe(1)
  expect(said).toContain('The digest of oven/bun:')
  expect(existsSync(written)).toBe(false)
})

test('every image that compose pulls or builds from gets its digest', () => {
  expect(pin(`echo ${digest}`)).toEqual({ exitCode: 0, said: '' })
  type Service = { image?: string; build?: string | { args?: Record<string, string> }; '<<'?: unknown }
  const services = (path: string) =>
    (
      parse(readFileSync(join(folder, path), 'utf8'), { merge: true }) as {
        services: Record<string, Service>
      }
    ).services
  expect(readFileSync(join(folder, '.env'), 'utf8')).toBe(
    'COMPOSE_FILE=docker-compose.yml:docker/compose.digests.yml\n',
  )
  const pinned = services('docker/compose.digests.yml')
  for (const [name, { image, build }] of Object.entries(services('docker-compose.yml'))) {
    if (!build) expect([name, pinned[name]?.image]).toEqual([name, `${image}@${digest}`])
    else
      for (const value of Object.values((pinned[name]!.build as { args: Record<string, string> }).args))
        expect([name, value.endsWith(`@${digest}`)]).toEqual([name, true])
  }
})

test.each([
  'Dockerfile',
  'docker/backup/Dockerfile',
  'docker/object-storage/Dockerfile',
  'docker/pgbouncer/Dockerfile',
])('%s is built from what an argument names', (path) => {
  const lines = readFileSync(join(root, path), 'utf8').split('\n')
  const foreign = lines.filter((line) => /^FROM /.test(line)).map((line) => line.split(' ')[1]!)
  const stages = lines.flatMap((line) => / AS (\S+)$/.exec(line)?.[1] ?? [])
  expect(foreign.filter((name) => !stages.includes(name) && !/^\$\{\w+_IMAGE\}$/.test(name))).toEqual([])
})

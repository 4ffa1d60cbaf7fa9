import { afterAll, expect, test } from 'bun:test'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const folder = mkdtempSync(join(tmpdir(), 'landfast-update-'))
afterAll(() => rmSync(folder, { recursive: true }))
for (const path of ['bin', 'docker']) mkdirSync(join(folder, path))
for (const file of ['update', 'secrets', 'env-file'])
  cpSync(join(import.meta.dir, file), join(folder, 'docker', file))

const secrets = /^names='(.*)'$/m.exec(readFileSync(join(folder, 'docker/secrets'), 'utf8'))![1]!.split(' ')

/** Runs the script beside a docker of these versions, on which an API runs; `refuses` is what the new image does. */
function update(machine: {
  compose?: string
  engine?: string
  config?: string
  refuses?: string
  nginx?: string
  env?: string
}) {
  const log = join(folder, 'asked')
  const env = machine.env ?? secrets.map((name) => `${name}=set`).join('\n')
  writeFileSync(join(folder, '.env'), `${env}\n`)
  writeFileSync(log, '')
  writeFileSync(
    join(folder, 'bin/docker'),
    `#!/bin/sh
echo "$*" >> '${log}'
case "$*" in
  'compose version --short') echo '${machine.compose ?? '2.40.3'}' ;;
  'version '*) echo '${machine.engine ?? '28.5.1'}' ;;
  'compose --progress quiet config') ${machine.config ?? "printf 'services:\\n  api:\\n    image: landfast:local\\n    healthcheck:\\n      start_interval: 2s\\n'"} ;;
  'compose --progress quiet ps -q '*) echo running ;;
  'inspect '*) echo 'sha256:old landfast:local' ;;
  'compose --progress quiet exec -T nginx nginx -q -t') ${machine.nginx ?? 'true'} ;;
  'compose --progress quiet run '*) ${machine.refuses ?? 'true'} ;;
esac
`,
  )
  chmodSync(join(folder, 'bin/docker'), 0o755)
  const { exitCode, stdout, stderr } = Bun.spawnSync(['sh', 'docker/update', '--check'], {
    cwd: folder,
    env: { PATH: `${join(folder, 'bin')}:${process.env.PATH}` },
  })
  const asked = readFileSync(log, 'utf8').split('\n').filter(Boolean)
  // Of all it may ask, what is asked here changes no container.
  const touching = asked.filter((line) =>
    / (?:up|stop|rm|kill|restart|down|exec)\b/.test(
      line.replace('run --rm', 'run').replace('exec -T nginx nginx -q -t', ''),
    ),
  )
  return { exitCode, said: `${stdout}${stderr}`, touching, asked }
}

test.each([
  ['an older compose', { compose: '2.20.0' }, 'Compose 2.24.4 or later is needed, and this is 2.20.0.'],
  ['an older engine', { engine: '20.10.24' }, 'Docker engine 25 or later is needed, and this is 20.10.24.'],
  ['a missing secret', { env: 'SECRET_KEY=' }, 'changes nothing else: SECRET_KEY POSTGRES_PASSWORD'],
  ['a secret that compose reads otherwise', { env: 'REDIS_PASSWORD=a$b' }, 'put single quotes around them'],
  ['a file that compose cannot read', { config: 'echo "is left out here" >&2; exit 15' }, 'is left out here'],
  ['what nginx cannot read', { nginx: 'echo emerg >&2; exit 1' }, 'nginx cannot read its files'],
  ['a mistyped setting', { refuses: 'echo "RATE_LIMIT_RPM must be" >&2; exit 1' }, 'RATE_LIMIT_RPM must be'],
])('an update refuses %s before it touches what runs', (_, machine, sentence) => {
  const { exitCode, said, touching } = update(machine)
  expect(said).toContain(sentence)
  expect({ refused: exitCode !== 0, touching }).toEqual({ refused: true, touching: [] })
})

test('an engine that is older serves where no file of compose needs a newer one', () => {
  const config = "printf 'services:\\n  api:\\n    image: landfast:local\\n'"
  expect(update({ engine: '20.10.24', config })).toMatchObject({ exitCode: 0, touching: [] })
})

test('a check leaves the name of the image with what runs', () => {
  const { exitCode, asked } = update({})
  expect(exitCode).toBe(0)
  expect(asked).toContain('tag sha256:old landfast:local')
})

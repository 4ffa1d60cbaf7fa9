import { afterEach, expect, test } from 'bun:test'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const root = join(import.meta.dir, '..')
const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

function checkout(env: string) {
  const folder = mkdtempSync(join(tmpdir(), 'landfast-tls-'))
  folders.push(folder)
  for (const path of ['docker/tls', 'docker/env-file', 'docker/nginx/optional'])
    cpSync(join(root, path), join(folder, path), { recursive: true })
  for (const path of ['docker/nginx/enabled', 'certificate']) mkdirSync(join(folder, path))
  for (const file of ['fullchain.pem', 'privkey.pem']) writeFileSync(join(folder, 'certificate', file), '-')
  writeFileSync(join(folder, '.env'), env)
  return {
    folder,
    run() {
      const { exitCode, stdout, stderr } = Bun.spawnSync(['sh', 'docker/tls', 'certificate'], { cwd: folder })
      return { exitCode, said: `${stdout}${stderr}` }
    },
    file: (path: string) => readFileSync(join(folder, path), 'utf8'),
  }
}

test('with HTTPS here everybody is sent to the address that visitors see, port and all', () => {
  const { run, file, folder } = checkout(
    'PUBLIC_URL=https://promo.example.org:8443\nCOMPOSE_FILE=docker-compose.yml:docker/compose.secrets.yml\n',
  )
  expect(run().exitCode).toBe(0)
  expect(run().exitCode).toBe(0)
  expect(file('docker/nginx/enabled/https-only.plain.conf')).toContain(
    '\nset $own_name promo.example.org:8443;\n',
  )
  expect(existsSync(join(folder, 'docker/nginx/enabled/tls.server.conf'))).toBe(true)
  expect(file('.env').trim().split('\n').sort()).toEqual([
    'COMPOSE_FILE=docker-compose.yml:docker/compose.secrets.yml:docker/compose.tls.yml',
    'HTTPS_PORT=8443',
    'PUBLIC_URL=https://promo.example.org:8443',
    `TLS_DIR=${folder}/certificate`,
  ])
  expect(file('certificate/.gitignore')).toBe('*\n')
})

test.each(['', 'PUBLIC_URL=\n', 'PUBLIC_URL=http://promo.example.org\n'])(
  'HTTPS here is refused before anything is written where .env says %j',
  (env) => {
    const { run, file, folder } = checkout(env)
    const { exitCode, said } = run()
    expect(exitCode).toBe(1)
    expect(said).toContain('Set PUBLIC_URL in .env')
    expect(file('.env')).toBe(env)
    expect(existsSync(join(folder, 'docker/nginx/enabled/https-only.plain.conf'))).toBe(false)
  },
)

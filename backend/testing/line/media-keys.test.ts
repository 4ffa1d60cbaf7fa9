import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { holderOf } from '../../local/port-holder.ts'
import { until } from '../stage/faults.ts'
import { operatorCommand } from '../stage/operator-command.ts'
import { start } from '../stage/started.ts'

const folder = mkdtempSync(join(tmpdir(), 'landfast-media-keys-'))
const DATA_DIR = join(folder, 'data')
const ownStorage = { S3_ENDPOINT: undefined, S3_ACCESS_KEY: undefined, S3_SECRET_KEY: undefined }
const started = start({ ...ownStorage, S3_BUCKET: undefined, DATA_DIR })
afterAll(async () => {
  await started.remove()
  rmSync(folder, { recursive: true, force: true })
})

let origin: string
beforeAll(async () => {
  origin = await started.origin()
}, 120_000)

describe('`bun run start` with an object storage of its own', () => {
  test('makes the bucket and opens it: health is well, and what is uploaded is served', async () => {
    await until('health of the object storage is well', async () => {
      const { dependencies } = await (await fetch(`${origin}/api/health`)).json()
      return dependencies.object_storage.status === 'ok'
    })
    const uploaded = await operatorCommand(['media.ts', 'upload', '--sample'], { DATA_DIR })
    expect(uploaded.code).toBe(0)
    expect((await fetch(`${origin}/media/hero.jpg`)).status).toBe(200)
    expect((await fetch(`${origin}/media/none.jpg`)).status).toBe(404)
  }, 60_000)

  // Elsewhere no program may read what another was started with.
  test.if(process.platform === 'linux')('gives API and worker no key of it', () => {
    const secrets = readFileSync(join(DATA_DIR, 'secrets.json'), 'utf8')
    const workerPort = /^ +Worker +running +\S*?:(\d+)/m.exec(started.output())?.[1]
    for (const port of [new URL(origin).port, workerPort]) {
      const environment = readFileSync(`/proc/${holderOf(Number(port))}/environ`, 'utf8')
      const storage = environment.split('\0').filter((each) => each.startsWith('S3_'))
      expect(storage).toContainEqual(expect.stringContaining('S3_ENDPOINT=http'))
      expect(storage.filter((each) => /KEY/.test(each) && !each.endsWith('='))).toEqual([])
      expect(environment).not.toContain(JSON.parse(secrets)['s3-secret-key'])
    }
  })
})
